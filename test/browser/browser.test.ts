// The core, the mask kernel and the chat loop in a real browser: what they give in Node, they give there.
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConstraintSpec } from "../../src/index.ts";
import { maskCases } from "../gpu/mask-case-arbitrary.ts";
import { maskKinds } from "../gpu/mask-cases.ts";
import type { MaskRun } from "../gpu/run-mask-kernel.ts";
import type * as chat from "./chat-page.ts";
import * as core from "./core-page.ts";
import { type ModulePage, openBrowser } from "./open-browser.ts";

const words = ["true", "false", "null", '{"', '":', '","', '"}', "ab", "größe", "123", "  ", "<call>", "</call>"];
const tokens = [
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...words.map((word) => new TextEncoder().encode(word)),
  null,
];
const schema = {
  type: "object",
  properties: {
    name: { type: "string", pattern: "^[a-z]{2,9}$" },
    age: { type: "integer", minimum: 0, maximum: 150 },
    ok: { type: "boolean" },
  },
  required: ["name", "age"],
  additionalProperties: false,
};
const validate = new Ajv2020().compile(schema);
const isValid = (text: string) => validate(JSON.parse(text)) as boolean;

const specs: readonly { readonly name: string; readonly spec: ConstraintSpec; judge(text: string): boolean }[] = [
  { name: "JSON Schema", spec: { type: "json_schema", schema, whitespace: "compact" }, judge: isValid },
  {
    name: "regex",
    spec: { type: "regex", pattern: "(?=.*é)[a-zé]{4,12}" },
    judge: (text) => /^(?=.*é)[a-zé]{4,12}$/u.test(text),
  },
  {
    name: "grammar",
    spec: { type: "ebnf", grammar: 'root ::= "(" (root | [0-9]{1,3}) ")"' },
    judge: (text) => /^\(+\d{1,3}\)+$/.test(text) && text.split("(").length === text.split(")").length,
  },
  {
    name: "structural tag",
    spec: {
      type: "structural_tag",
      format: { type: "tag", begin: "<call>", content: { type: "json_schema", json_schema: schema }, end: "</call>" },
      whitespace: "compact",
    },
    judge: (text) => /^<call>.*<\/call>$/s.test(text) && isValid(text.slice("<call>".length, -"</call>".length)),
  },
];

/** No code out of texts, no scripts from elsewhere. */
const policy = "script-src 'self'";
const browser = await openBrowser();

describe.skipIf("reason" in browser)("in a browser", () => {
  let page: ModulePage<typeof core>;

  beforeAll(async () => {
    if ("reason" in browser) return;
    page = await browser.openPage(new URL("core-page.ts", import.meta.url), { policy });
  });
  afterAll(() => ("reason" in browser ? undefined : browser.close()));

  test("the page lets no code be made of text, so none of what follows needs that", async () => {
    expect(await page.call("evalRefusal")).toMatch(/EvalError/);
  });

  test.each(specs)("$name: the masks and texts of random walks are those of Node", async ({ spec, judge }) => {
    for (const choices of fc.sample(fc.array(fc.nat(), { minLength: 200, maxLength: 200 }), { numRuns: 5, seed: 1 })) {
      const there = await page.call("walk", tokens, spec, choices);
      expect(there).toEqual(core.walk(tokens, spec, choices));
      expect([there.text, judge(there.text)]).toEqual([there.text, true]);
    }
  });

  test.each(["f32", "f16"] as const)("%s: the mask kernel gives the same bits as the CPU twin", async (format) => {
    const plain: MaskRun[] = [1, 31, 33, 128_256].flatMap((vocabularySize) =>
      maskKinds.map((kind) => ({ format, kind, seed: vocabularySize, tail: 0, layout: { rows: 3, vocabularySize } })),
    );
    const odd = fc.sample(maskCases(), { numRuns: 100, seed: 1 }).map((run) => ({ ...run, format }));
    const runs = [...plain, ...odd];
    expect(await page.call("differencesFromTwin", runs)).toEqual(runs.map(() => -1));
  });

  test("the chat loop answers a request; its Ajv can't where no code may be made of text", async () => {
    if ("reason" in browser) return;
    const format = { type: "json_schema", json_schema: { name: "person", schema } };
    const request = {
      model: "stand-in",
      messages: [{ role: "user", content: "Who?" }],
      seed: 1,
      response_format: format,
    };
    const answerOn = async (options?: object) =>
      (await browser.openPage<typeof chat>(new URL("chat-page.ts", import.meta.url), options)).call(
        "answer",
        JSON.stringify(request),
      );
    expect(isValid((await answerOn())!)).toBe(true);
    await expect(answerOn({ policy })).rejects.toThrow(/EvalError/);
  });
});
