// A real browser for tests: headless Chromium out of a development package, driven by playwright-core. A page has one module, bundled as an
// application's would be, and tests call what it exports. Pages have WebGPU, on SwiftShader, and are cross-origin isolated, which
// WebAssembly threads ask for.
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { unpackChromium } from "../packaged-chromium.ts";
import { type PageOptions, servePage } from "./serve-page.ts";

export interface TestBrowser {
  /** A fresh page with this module. */
  openPage<Module>(module: URL, options?: PageOptions): Promise<ModulePage<Module>>;
  close(): Promise<void>;
}

/** Arguments and results are cloned. Calls reject with what the function throws, and where the page breaks meanwhile. */
export interface ModulePage<Module> {
  call<Name extends keyof Module & string>(name: Name, ...args: Arguments<Module[Name]>): Promise<Result<Module[Name]>>;
}

type Arguments<Member> = Member extends (...args: infer Args) => unknown ? Args : never;
type Result<Member> = Member extends (...args: never[]) => infer R ? Awaited<R> : never;

/** The caller closes it. Where there is none for this machine, or it can't start: the reason, in one line. */
export async function openBrowser(): Promise<TestBrowser | { readonly reason: string }> {
  try {
    return testBrowser(await launch());
  } catch (error) {
    const reason = String(error).split("\n")[0]!;
    console.warn(`The tests in a browser are left out: ${reason}`);
    return { reason };
  }
}

function launch(): Promise<Browser> {
  // Chromium looks for SwiftShader beside itself.
  const directory = unpackChromium(["chromium", "swiftshader.tar", "al2023.tar"]);
  return chromium.launch({
    executablePath: join(directory, "chromium"),
    args: ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
    env: { ...process.env, LD_LIBRARY_PATH: directory },
  });
}

function testBrowser(browser: Browser): TestBrowser {
  const closers = [() => browser.close()];
  return {
    async openPage(module, options = {}) {
      const { url, close } = await servePage(module, options);
      closers.push(close);
      const page = await browser.newPage();
      const broken = new Promise<never>((_, reject) => {
        page.on("pageerror", reject);
        page.on("crash", () => reject(new Error("the page crashed")));
      });
      broken.catch(() => {});
      await page.goto(url);
      return { call: (name, ...args) => Promise.race([page.evaluate(callExport, { name, args }), broken]) as never };
    },
    async close() {
      for (const close of closers) await close();
    },
  };
}

/** In the page. */
async function callExport({ name, args }: { name: string; args: unknown[] }): Promise<unknown> {
  // The debugger's own task is above the page's policy.
  await new Promise((resolve) => setTimeout(resolve));
  const { pageModule } = globalThis as unknown as { pageModule: Record<string, (...args: unknown[]) => unknown> };
  return pageModule[name]!(...args);
}
