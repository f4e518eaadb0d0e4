// The README's examples, run as they stand, on the sources instead of the package.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);

/** The value of a name that the example's code declares. */
async function run(example: string, name: string): Promise<unknown> {
  const file = fileURLToPath(new URL("./readme-example.generated.ts", import.meta.url));
  const source = example.replace('"grammask/gpu"', '"../src/gpu/index.ts"').replace('"grammask"', '"../src/index.ts"');
  writeFileSync(file, `${source}\nexport { ${name} };\n`);
  try {
    return (await import(`${file}?${name}`))[name];
  } finally {
    rmSync(file);
  }
}

test("the first example decodes a valid object", async () => {
  expect(await run(examples[0]!, "matcher")).toHaveProperty("isTerminated", true);
});

test("the second names what its comment says", async () => {
  const comment = /\/\/ broken: (.*)/.exec(examples[1]!)![1];
  expect(await run(examples[1]!, "broken")).toEqual(JSON.parse(`[${comment}]`));
});

test("the third forces what its comment says", async () => {
  const comment = /\/\/ forced: (.*)/.exec(examples[2]!)![1]!;
  expect(await run(examples[2]!, "forced")).toBe(JSON.parse(comment));
});

test("there is no other", () => {
  expect(examples.length).toBe(3);
});
