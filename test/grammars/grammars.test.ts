// Runs each case of grammars/ through an oracle that isn't the engine: Earley, the platform's RegExp, ajv.
import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../src/base/limits.ts";
import { lowerGrammar } from "../../src/ebnf/lower.ts";
import { earley } from "../oracles/earley.ts";
import { readCases } from "./read-cases.ts";

const folder = new URL("../../grammars/", import.meta.url);
const files = readdirSync(folder).filter((file) => /\.(gbnf|regex|schema\.json)$/.test(file));
const read = (file: string): string => readFileSync(new URL(file, folder), "utf8");

function oracleOf(file: string): (text: string) => boolean {
  const source = read(file);
  if (file.endsWith(".gbnf")) {
    const { recognises } = earley(lowerGrammar(source, { limits: defaultLimits }));
    return (text) => recognises(new TextEncoder().encode(text));
  }
  if (file.endsWith(".regex")) {
    const pattern = new RegExp(`^(?:${source.replace(/\n$/, "")})$`, "u");
    return (text) => pattern.test(text);
  }
  const ajv = new Ajv2020();
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(source) as object);
  return (text) => {
    try {
      return validate(JSON.parse(text));
    } catch {
      return false;
    }
  };
}

describe.each(files)("%s", (file) => {
  const oracle = oracleOf(file);
  const cases = readCases(read(file.replace(/\.(gbnf|regex|schema\.json)$/, ".cases")));

  it("has cases of both kinds", () => {
    expect(new Set(cases.map(({ accept }) => accept)).size).toBe(2);
  });

  it.each(cases)("line $line: $title", ({ accept, text }) => {
    expect(oracle(text)).toBe(accept);
  });
});
