// Bodies that mean harm, or no JSON: a typed error, soon.
import { expect, test } from "vitest";
import { RequestReader } from "../../../src/chat/index.ts";
import { errorOf, least, reader } from "./read.ts";

const withField = (field: string, text: string) => `${JSON.stringify(least).slice(0, -1)},"${field}":${text}}`;
const cycle: { a?: unknown } = {};
cycle.a = cycle;
let shared: unknown = {};
for (let i = 0; i < 100; i++) shared = { not: shared, if: shared };
const unreadable = Object.defineProperty({}, "a", {
  enumerable: true,
  get: () => {
    throw new Error("no");
  },
});

test.each<[string, unknown, string]>([
  ["nothing", "", "syntax"],
  ["no JSON", "model=m", "syntax"],
  ["half a request", '{"model":"m"', "syntax"],
  ["NaN", withField("temperature", "NaN"), "syntax"],
  ["Infinity", withField("temperature", "-Infinity"), "syntax"],
  ["hexadecimal", withField("seed", "0x10"), "syntax"],
  ["a field twice", withField("model", '"x"'), "syntax"],
  ["a key twice, deep down", withField("chat_template_kwargs", '{"a":{"b":1,"b":2}}'), "syntax"],
  ["deep arrays", "[".repeat(1_000_000), "limit"],
  ["deep objects in a schema", withField("response_format", '{"not":'.repeat(100_000)), "limit"],
  ["10 MB", withField("user", `"${"x".repeat(10_000_000)}"`), "limit"],
  ["millions of values", withField("stop_token_ids", `[${"0,".repeat(3_000_000)}0]`), "limit"],
  ["no object", "[]", "invalid"],
  ["null", null, "invalid"],
  ["undefined", undefined, "invalid"],
  ["a parsed NaN", { ...least, temperature: Number.NaN }, "invalid"],
  ["a function", { ...least, stop: () => "x" }, "invalid"],
  ["a cycle", { ...least, metadata: cycle }, "limit"],
  ["shared parts", { ...least, tools: [{ type: "function", function: { name: "f", parameters: shared } }] }, "limit"],
  ["a getter that throws", { ...least, metadata: unreadable }, "invalid"],
  ["a list with holes", { ...least, messages: Object.assign([], { 1: { role: "user", content: "" } }) }, "invalid"],
  ["a date", { ...least, metadata: new Date(0) }, "invalid"],
  ["a map", { ...least, logit_bias: new Map([["1", 1]]) }, "invalid"],
  ["long texts", { ...least, stop: Array(4).fill("x".repeat(5_000_000)) }, "limit"],
  ["a value of millions of parts", { ...least, stop_token_ids: Array(3_000_000).fill(0) }, "limit"],
])("%s", (_, body, code) => {
  const start = performance.now();
  expect(errorOf(body).code).toBe(code);
  // Far above what any of them takes on a slow machine.
  expect(performance.now() - start).toBeLessThan(5_000);
});

test.each<[string, string, string]>([
  ["a huge number", withField("temperature", "1e999999999"), "temperature"],
  ["a huge seed", withField("sampling_seed", `1${"0".repeat(100_000)}`), "sampling_seed"],
  ["a seed just above", withField("sampling_seed", "18446744073709551616"), "sampling_seed"],
  ["a seed just below", withField("seed", "-9223372036854775809"), "seed"],
  ["a seed whose digits aren't there", withField("seed", "9.3e18"), "seed"],
  ["half a surrogate pair", withField("user", '"\\ud83d"'), "user"],
  [
    "half a surrogate pair in a key",
    withField("chat_template_kwargs", '{"a":[{"\\udc00":1}]}'),
    'chat_template_kwargs.a[0]["\\udc00"]',
  ],
  ["__proto__", withField("__proto__", '{"temperature":1}'), "__proto__"],
  ["constructor", withField("constructor", "1"), "constructor"],
  ["__proto__ as a token", withField("logit_bias", '{"__proto__":1}'), "logit_bias.__proto__"],
])("%s", (_, body, param) => {
  expect(errorOf(body).violations.map((violation) => violation.param)).toEqual([param]);
});

test("__proto__ is a key like any other where keys are free", () => {
  const { request, passThrough } = reader.read(withField("chat_template_kwargs", '{"__proto__":{"polluted":true}}'));
  expect(Object.getOwnPropertyNames(request.chat_template_kwargs)).toEqual(["__proto__"]);
  expect(Object.getPrototypeOf(passThrough.get("chat_template_kwargs"))).toBe(Object.prototype);
  expect("polluted" in {}).toBe(false);
});

test("as many errors as a body has room for", () => {
  const start = performance.now();
  const messages = `[${"{},".repeat(200_000)}{}]`;
  const { violations, message } = errorOf(`{"model":"m","messages":${messages}}`);
  expect(violations).toHaveLength(100);
  expect(message.split("\n").at(-1)).toBe("- and 80 more");
  const bias = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [i, i < 199_999 ? 0 : 101]));
  expect(errorOf({ ...least, logit_bias: bias }).violations.map(({ param }) => param)).toEqual([
    'logit_bias["199999"]',
  ]);
  expect(performance.now() - start).toBeLessThan(10_000);
});

test("limits are options", () => {
  const body = withField("stop", '["a"]');
  expect(errorOf(body, new RequestReader({ maxBodyLength: 20 })).code).toBe("limit");
  expect(errorOf(body, new RequestReader({ maxBodyValues: 7 })).code).toBe("limit");
  expect(errorOf(body, new RequestReader({ maxBodyDepth: 2 })).code).toBe("limit");
  new RequestReader({ maxBodyLength: 100, maxBodyValues: 8, maxBodyDepth: 4 }).read(body);
});
