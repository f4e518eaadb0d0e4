// Keys told apart by a format that isn't regular: all short texts of a few characters, against the engine's own RegExp.
import { expect, it } from "vitest";
import { Compiler } from "../../../src/index.ts";
import { bytesOnly } from "../../vocabularies.ts";
import { walkMasks } from "../../walk-masks.ts";

const names = { propertyNames: { format: "regex" } };
const characters = ["(", ")", "a", "[", "-", "\\", "?", "é"];
const keys = [""];
for (let i = 0; i < keys.length && [...keys[i]!].length < 4; i++)
  keys.push(...characters.map((each) => keys[i]! + each));

function isRegex(key: string): boolean {
  try {
    return new RegExp(key, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

/** By name: the schema, and whether an object of that key with the value 1 is valid. */
const cases: Record<string, readonly [schema: object, isValid: (key: string) => boolean]> = {
  "all in it": [names, isRegex],
  "one that isn't": [{ not: names }, (key) => !isRegex(key)],
  "none in it": [{ propertyNames: { not: { format: "regex" } } }, (key) => !isRegex(key)],
  "one that isn't, or any at all": [{ not: { ...names, additionalProperties: false } }, () => true],
  "one that isn't, of few": [{ not: names, maxProperties: 1 }, (key) => !isRegex(key)],
  "a declared one beside": [
    { ...names, properties: { "(": {}, a: { const: 2 } } },
    (key) => isRegex(key) && key !== "a",
  ],
  "values that depend on it": [{ if: names, then: { additionalProperties: { type: "null" } } }, (key) => !isRegex(key)],
};

it.each(Object.entries(cases))("%s", (_, [schema, isValid]) => {
  const compiler = new Compiler(bytesOnly());
  const constraint = compiler.compile({ type: "json_schema", schema: { type: "object", ...schema } });
  const accepts = (text: string) => {
    const matcher = constraint.matcher();
    return matcher.acceptBytes(text) && matcher.isAccepting;
  };
  const wrong = keys.filter((key) => accepts(`{${JSON.stringify(key)}:1}`) !== isValid(key));
  expect(wrong).toEqual([]);
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  walkMasks(constraint, bytes, { runs: 8, steps: 12, seed: 3 });
});

it("the draft-07 metaschema's kind of object", () => {
  const schema = {
    $ref: "#/definitions/schema",
    definitions: {
      schema: {
        type: "object",
        properties: {
          pattern: { type: "string", format: "regex" },
          patternProperties: { type: "object", additionalProperties: { $ref: "#/definitions/schema" }, ...names },
        },
        additionalProperties: false,
      },
    },
  };
  const constraint = new Compiler(bytesOnly()).compile({ type: "json_schema", schema });
  const accepted = ['{"a.{2}": {"pattern": "^b"}, "^(": {}}', '{"a.{2}": {"pattern": "^b"}, "^\\\\(": {}}'].map(
    (each) => {
      const matcher = constraint.matcher();
      return matcher.acceptBytes(`{"patternProperties": ${each}}`) && matcher.isAccepting;
    },
  );
  expect(accepted).toEqual([false, true]);
});
