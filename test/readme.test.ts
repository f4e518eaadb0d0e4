// The README's example, run as it stands, on the sources instead of the package.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("the example in README.md decodes a valid object", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)![1]!;
  const file = fileURLToPath(new URL("./readme-example.generated.ts", import.meta.url));
  const source = example.replace('"grammask/gpu"', '"../src/gpu/index.ts"').replace('"grammask"', '"../src/index.ts"');
  writeFileSync(file, `${source}\nexport { matcher };\n`);
  try {
    const { matcher } = await import(file);
    expect(matcher.isTerminated).toBe(true);
  } finally {
    rmSync(file);
  }
});
