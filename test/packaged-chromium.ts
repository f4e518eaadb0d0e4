// What the development package @sparticuz/chromium carries for Linux x64: a headless Chromium, the libraries that it needs beside the C
// library's, and SwiftShader, a Vulkan driver in software. The archives are read, the package is never imported: its own code asks for a
// newer Node.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const projectRoot = fileURLToPath(new URL("..", import.meta.url));
const packageDirectory = join(projectRoot, "node_modules/@sparticuz/chromium");

/** The files of the archives `bin/….br`, without their folders, unpacked once per version of the package. Throws where there is no such package. */
export function unpackChromium(archives: readonly string[]): string {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`@sparticuz/chromium is for linux x64, this is ${process.platform} ${process.arch}`);
  }
  if (!existsSync(packageDirectory)) throw new Error("@sparticuz/chromium isn't installed");
  const { version } = JSON.parse(readFileSync(join(packageDirectory, "package.json"), "utf8")) as { version: string };
  const name = archives.map((archive) => archive.split(".")[0]).join("-");
  const directory = join(projectRoot, "node_modules/.cache/grammask", `${name}-${version}`);
  if (existsSync(directory)) return directory;
  mkdirSync(dirname(directory), { recursive: true });
  // Several processes may be at this at once: each fills a directory of its own, and the first to rename it wins.
  const own = mkdtempSync(`${directory}-`);
  for (const archive of archives) {
    const content = brotliDecompressSync(readFileSync(join(packageDirectory, "bin", `${archive}.br`)));
    const files = archive.endsWith(".tar") ? tarFiles(content) : [{ name: archive, content }];
    for (const file of files) writeFileSync(join(own, file.name), file.content, { mode: 0o755 });
  }
  try {
    renameSync(own, directory);
  } catch (error) {
    rmSync(own, { recursive: true });
    if (!existsSync(directory)) throw error;
  }
  return directory;
}

/** The plain files of a POSIX tar archive: 512-byte headers, sizes in octal, contents padded to 512 bytes. */
function* tarFiles(archive: Buffer): Generator<{ name: string; content: Buffer }> {
  const text = (begin: number, end: number) => archive.toString("latin1", begin, end).split("\0")[0]!;
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, at + 136), 8);
    const type = text(at + 156, at + 157);
    if (type === "0" || type === "") {
      yield { name: basename(text(at, at + 100)), content: archive.subarray(at + 512, at + 512 + size) };
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
}
