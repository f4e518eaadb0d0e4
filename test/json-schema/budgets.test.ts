// Schemas that ask for more than there is time for: an error of code "limit" with the place, and nothing of it stays for the next schema.
import { expect, test } from "vitest";
import { Compiler, Vocabulary } from "../../src/index.ts";

const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
const compiler = new Compiler(Vocabulary.fromTokens([...bytes, null], { eosTokenIds: [256] }));
const compile = (schema: unknown) => compiler.compile({ type: "json_schema", schema });
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Which of the patterns `kind` matches makes 2ⁿ kinds of it. */
function overlapping(n: number): unknown {
  const when = (i: number) => ({
    if: { properties: { kind: { pattern: `k${i}.*x` } } },
    then: { required: [`v${i}`] },
  });
  return { type: "object", required: ["kind"], properties: { kind: { type: "string" } }, allOf: range(n).map(when) };
}

test("patterns that overlap in every way: all automata together are bounded", () => {
  const matcher = compile(overlapping(3)).matcher();
  expect(matcher.acceptBytes('{"kind":"k0 k2 x","v2":1,"v0":1')).toBe(true);
  expect(matcher.acceptBytes("}")).toBe(true);
  expect(compile(overlapping(3)).matcher().acceptBytes('{"kind":"k0 k2 x","v2":1}')).toBe(false);
  const error = { code: "limit", message: expect.stringContaining("maxTotalIslandStates"), location: { pointer: "" } };
  expect(() => compile(overlapping(12))).toThrow(expect.objectContaining(error));
  expect(compile(overlapping(2)).matcher().acceptBytes('{"kind":"k1x","v1":1}')).toBe(true);
});

test("patterns that agree on no short text", () => {
  const lengths = [97, 101, 103].map((n) => ({ pattern: `^(?:[a-z]{${n}})*$` }));
  const message = expect.stringContaining("to tell whether a text is ahead");
  expect(() => compile({ type: "string", minLength: 1, allOf: lengths })).toThrow(
    expect.objectContaining({ code: "limit", message, location: { pointer: "" } }),
  );
});
