// The installed tarball in a page: `tsx use-in-browser.ts <module>`, where the module's `use` says "fine".
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { openBrowser } from "../browser/open-browser.ts";

run(pathToFileURL(process.argv[2]!));

async function run(module: URL): Promise<void> {
  const browser = await openBrowser();
  if ("reason" in browser) return;
  try {
    const page = await browser.openPage<{ use(): Promise<string> }>(module);
    assert.equal(await page.call("use"), "fine");
  } finally {
    await browser.close();
  }
}
