// JSON texts that keep what JSON.parse loses, there and back.
import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultLimits } from "../../../src/base/limits.ts";
import { parseJsonText, printJson, valueOfJson } from "../../../src/json-schema/reading/json-text.ts";

test("a tree is printed as it was written, without the spaces", () => {
  const text = '{ "2" : 1.10, "1": [1e2, -0, 12345678901234567890], "__proto__": {"a\\u0000\\ud800": "é\\n"} }';
  expect(printJson(parseJsonText(text, defaultLimits))).toBe(
    '{"2":1.10,"1":[1e2,-0,12345678901234567890],"__proto__":{"a\\u0000\\ud800":"é\\n"}}',
  );
});

test("any value comes back, as JSON.parse gives it", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const tree = parseJsonText(text, defaultLimits);
      expect(valueOfJson(tree)).toStrictEqual(JSON.parse(text));
      expect(parseJsonText(printJson(tree), defaultLimits)).toEqual(tree);
    }),
  );
});

test("of a long list the first items", () => {
  expect(valueOfJson(parseJsonText('{"a":[1,2,3],"b":2,"c":3}', defaultLimits), 2)).toEqual({ a: [1, 2], b: 2 });
});
