// Choices between many, whose bodies would be too large for one automaton: against the same constraint with room for it, whose masks are the
// same; and how large what is made of them is.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byteSetOf } from "../../src/base/byte-set.ts";
import { defaultLimits } from "../../src/base/limits.ts";
import { Compiler, type ConstraintSpec, type StructuralFormat, Vocabulary } from "../../src/index.ts";
import { DfaProcedure } from "../../src/term/dfa-procedure.ts";
import { compileProgram, type Program } from "../../src/term/program.ts";
import { alt, bytes, call, cat, literal, Rule, repeat, type Term } from "../../src/term/term.ts";

const seed = Number(process.env["GRAMMASK_SEED"] ?? 20261126);
const small = { ...defaultLimits, maxIslandStates: 500 };

function range<T>(length: number, make: (i: number) => T): T[] {
  return Array.from({ length }, (_, i) => make(i));
}

const states = (program: Program): number =>
  program.procedures.reduce((sum, each) => sum + (each as DfaProcedure).dfa.size, 0);

describe("the program of a choice between many", () => {
  const of = (i: number, size: number): Term =>
    cat(literal(`<t${i}>`), repeat(bytes(byteSetOf(97, 98)), 0, Infinity), literal(`${"cd".repeat(size / 2)}${i}`));
  const choice = (count: number): Term => alt(...range(count, (i) => of(i, 200)));

  test("has an automaton for each alternative, and one for the bytes by which they part", () => {
    const [one, two] = [100, 200].map((count) => compileProgram(choice(count), small)) as [Program, Program];
    expect(one.procedures.length).toBe(101);
    expect(one.procedures.every((each) => each instanceof DfaProcedure)).toBe(true);
    expect((one.procedures[0] as DfaProcedure).dfa.size).toBeLessThan(250);
    expect(states(two)).toBeLessThan(2.2 * states(one));
  });

  test("is one automaton where that is small, and where the alternatives are few", () => {
    expect(compileProgram(choice(100), defaultLimits).procedures.length).toBe(1);
    expect(compileProgram(choice(4), small).procedures.length).toBe(1);
  });

  test("calls one rule for what two choices share, also where it is too large to be put in its callers", () => {
    const rules = range(100, (i) => call(new Rule(`t${i}`, of(i, 600))));
    const twice = cat(alt(...rules), literal(","), alt(...rules));
    const { procedures } = compileProgram(twice, { ...defaultLimits, maxIslandStates: 5000 });
    expect(procedures.length).toBe(101);
    const root = procedures[0]!;
    expect(root.calls(root.start)).toEqual([]);
  });
});

describe("masks are those of one automaton", () => {
  const texts = [
    "<t",
    "t1",
    "ab",
    "ba",
    "aab",
    "</",
    "<t1",
    "0>",
    "1>a",
    "b</t",
    "x{",
    '"a',
    '":',
    "}}",
    "ax",
    "bb",
    "c1",
  ];
  const tokens = [...range(256, (byte) => Uint8Array.of(byte)), ...texts.map((text) => new TextEncoder().encode(text))];
  const vocabulary = Vocabulary.fromTokens([...tokens, null], { eosTokenIds: [tokens.length] });
  const words = Math.ceil(vocabulary.size / 32);

  /** Walks that begin with a part of one of `starts`. */
  function compare(spec: ConstraintSpec, starts: readonly string[]): void {
    const large = new Compiler(vocabulary).compile(spec);
    const parted = new Compiler(vocabulary, { limits: { maxIslandStates: small.maxIslandStates } }).compile(spec);
    const start = fc
      .tuple(fc.constantFrom(...starts), fc.nat(3))
      .map(([text, cut]) => text.slice(0, text.length - cut));
    const walk = fc.property(start, fc.array(fc.nat(1_000_000), { minLength: 30, maxLength: 30 }), (text, choices) => {
      const matchers = [large.matcher(), parted.matcher()] as const;
      for (const matcher of matchers) expect(matcher.acceptBytes(text)).toBe(true);
      for (const choice of choices) {
        const [mask, other] = matchers.map((matcher) => {
          const row = new Uint32Array(words);
          matcher.fillMask(row);
          return row;
        }) as [Uint32Array, Uint32Array];
        expect(other).toEqual(mask);
        expect(matchers[1].isAccepting).toBe(matchers[0].isAccepting);
        const allowed = range(tokens.length, (id) => id).filter((id) => ((mask[id >> 5]! >>> (id & 31)) & 1) === 1);
        // What is in the texts more often than any other byte.
        const likely = allowed.filter((id) => id >= 256 || "<>/t0123abc,".includes(String.fromCharCode(id)));
        const from = likely.length > 0 && choice % 8 > 0 ? likely : allowed;
        if (from.length === 0) return;
        const id = from[Math.floor(choice / 8) % from.length]!;
        for (const matcher of matchers) expect(matcher.accept(id)).toBe(true);
      }
    });
    fc.assert(walk, { numRuns: 40, seed });
  }

  /** Names that begin with others, contents of each kind; an end that is a tag's content, too. */
  const contents: ((i: number) => StructuralFormat)[] = [
    (i) => ({ type: "regex", pattern: `[ab]*a[ab]{2}c{${i % 3}}${"[abc]".repeat(20)}?` }),
    () => ({ type: "any_text" }),
    (i) => ({ type: "json_schema", json_schema: { properties: { [`a${i}`]: { pattern: "^[ab]+$" } } } }),
    () => ({ type: "grammar", grammar: 'root ::= "(" root ")" | "a" root | "aab" | ""' }),
    () => ({ type: "const_string", value: "" }),
  ];
  const begin = (i: number) => `<t${i}${i % 2 === 0 ? ">" : ""}`;
  const begins = range(80, begin);
  const tags = range(80, (i) => ({
    type: "tag" as const,
    begin: begin(i),
    content: contents[i % contents.length]!(i),
    end: "</t>",
  }));

  test.each([{}, { at_least_one: true }, { stop_after_first: true }])("tags under a trigger, %o", (more) => {
    compare({ type: "structural_tag", format: { type: "triggered_tags", triggers: ["<t"], tags, ...more } }, begins);
  });

  test("tags with a separator", () => {
    compare({ type: "structural_tag", format: { type: "tags_with_separator", tags, separator: "," } }, begins);
  });

  test("calls of a chat template", () => {
    const elements = range(80, (i): StructuralFormat => {
      const name: StructuralFormat = { type: "const_string", value: `${begin(i)}":` };
      return {
        type: "sequence",
        elements: [name, contents[i % contents.length]!(i), { type: "const_string", value: "b}" }],
      };
    });
    const format: StructuralFormat = { type: "tag", begin: "x{", content: { type: "or", elements }, end: "</t>" };
    compare(
      { type: "structural_tag", format: { type: "triggered_tags", triggers: ["x{"], tags: [format] } },
      begins.map((text) => `x{${text}":`),
    );
  });

  test("a grammar whose alternatives call the choice itself, and are choices", () => {
    const rules = range(
      80,
      (i) =>
        `r${i} ::= ${i % 9 === 0 ? `"a" | ` : ""}"${begin(i)}" [ab]{0,5} "abcabcabcabcabc" ${i % 4 === 0 ? "root" : '"b"?'}`,
    );
    const names = range(80, (i) => `r${i}`).join(" | ");
    compare({ type: "ebnf", grammar: `root ::= ${names} | "" | root "," root\n${rules.join("\n")}` }, begins);
  });
});
