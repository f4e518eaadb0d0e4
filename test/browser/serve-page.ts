// An empty page with a bundled module, and files beside it, over HTTP on this machine.
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** By their paths in the page: contents, or where they are on disk. */
type PageFiles = Readonly<Record<string, Uint8Array | URL>>;

export interface PageOptions {
  /** What the page may fetch. */
  readonly files?: PageFiles;
  /** Content-Security-Policy. */
  readonly policy?: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  "": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

export async function servePage(
  module: URL,
  { files, policy }: PageOptions,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const served: PageFiles = {
    ...files,
    "/": Buffer.from('<!doctype html><script type="module" src="module.js"></script>'),
    "/module.js": await bundle(module),
  };
  const server = createServer(({ url = "/" }, response) => {
    const file = served[url];
    response.writeHead(file === undefined ? 404 : 200, {
      "content-type": contentTypes[extname(url)] ?? "application/octet-stream",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      ...(policy && { "content-security-policy": policy }),
    });
    if (file instanceof URL) createReadStream(file).pipe(response);
    else response.end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A script that makes a module the page's `pageModule`. */
async function bundle(module: URL): Promise<Uint8Array> {
  const path = JSON.stringify(fileURLToPath(module));
  const { outputFiles } = await build({
    stdin: { contents: `import * as module from ${path}; globalThis.pageModule = module;`, resolveDir: "." },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2023",
  });
  return outputFiles[0]!.contents;
}
