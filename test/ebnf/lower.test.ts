import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConstraintError, type TextLocation } from "../../src/base/errors.ts";
import { defaultLimits, type Limits } from "../../src/base/limits.ts";
import { lowerGrammar } from "../../src/ebnf/lower.ts";
import type { Term } from "../../src/term/term.ts";
import { earley } from "../oracles/earley.ts";
import { readLanguageCases } from "./read-language-cases.ts";

const specialTokens = new Map([
  ["<think>", 7],
  ["</think>", 8],
]);
const lower = (grammar: string, limits: Partial<Limits> = {}): Term =>
  lowerGrammar(grammar, { specialTokens, limits: { ...defaultLimits, ...limits } });

const readCases = (file: string) => readLanguageCases(readFileSync(new URL(`cases/${file}`, import.meta.url), "utf8"));

function errorOf(run: () => unknown): ConstraintError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConstraintError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

function rootBody(grammar: string): unknown {
  const root = lower(grammar);
  return root.kind === "call" ? root.rule.body : undefined;
}

describe("the language of a grammar", () => {
  it.each(readCases("languages.txt"))("$title", ({ grammar, accepted, rejected }) => {
    const { recognises } = earley(lower(grammar));
    const encoder = new TextEncoder();
    for (const text of accepted) expect(recognises(encoder.encode(text)), JSON.stringify(text)).toBe(true);
    for (const text of rejected) expect(recognises(encoder.encode(text)), JSON.stringify(text)).toBe(false);
  });
});

describe("errors", () => {
  it.each(readCases("errors.txt"))("$title", ({ grammar, error }) => {
    const { code, message, location } = errorOf(() => lower(grammar));
    const { line, column } = location as TextLocation;
    expect({ code, place: `${line}:${column}`, message: message.slice(0, error!.message.length) }).toEqual(error);
  });

  it("come with the offset and an excerpt", () => {
    const { location } = errorOf(() => lower('root ::= "a"\n\tab ::= [c] xyz # no such rule'));
    expect(location).toEqual({
      line: 2,
      column: 13,
      offset: 25,
      excerpt: " ab ::= [c] xyz # no such rule\n            ^^^",
    });
  });

  it("refuse the other dialects", () => {
    for (const dialect of ["w3c", "iso", "abnf", "lark", "bnf"]) {
      const { code } = errorOf(() => lowerGrammar('root ::= "a"', { dialect, limits: defaultLimits }));
      expect(code).toBe("unsupported");
    }
  });

  it("are the only thing thrown, whatever the text", () => {
    const piece = fc.constantFrom(
      ...[
        'root ::= "a"',
        "\n",
        "a ::=",
        " ",
        "|",
        "(",
        ")",
        "*",
        "{",
        "}",
        "1",
        ",",
        "-1",
        '"',
        '"b"',
        "[",
        "]",
        "[^a-c]",
      ],
      ...[
        "\\",
        "^",
        "<",
        ">",
        "<[1]>",
        "!",
        ".",
        "a",
        "a.b",
        "Token(",
        "Token",
        "=",
        "::=",
        "(=",
        "#",
        "\r",
        "\ud800",
        "水",
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, fc.boolean(), (tail, whole) => {
        try {
          expect(lower(whole ? tail : `root ::= ${tail}`).kind).toBe("call");
        } catch (error) {
          if (!(error instanceof ConstraintError)) throw error;
          expect((error.location as TextLocation).line).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("the root", () => {
  it("is another rule on demand", () => {
    const term = lowerGrammar('root ::= "a"\nb ::= "b"', { root: "b", limits: defaultLimits });
    expect(earley(term).recognises(new TextEncoder().encode("b"))).toBe(true);
  });

  it("is a call of one rule, which all references share", () => {
    const term = lower('root ::= "a" root | "b"');
    expect(term).toMatchObject({ kind: "call", rule: { name: "root", body: { kind: "alt" } } });
    const { rule } = term as Extract<Term, { kind: "call" }>;
    expect(
      JSON.stringify(rule.body, (key, value) => (value === rule ? "itself" : key === "set" ? 0 : value)),
    ).toContain('"itself"');
  });
});

describe("tokens", () => {
  it("are read by id and by name, and never by their text", () => {
    expect(rootBody("root ::= <[1000]>")).toEqual({ kind: "token", ids: [1000] });
    expect(rootBody("root ::= <think>")).toEqual({ kind: "token", ids: [7] });
    expect(rootBody("root ::= Token(12, 3,12)")).toEqual({ kind: "token", ids: [3, 12] });
    expect(rootBody("root ::= <think>*")).toMatchObject({ kind: "repeat", item: { kind: "token", ids: [7] } });
  });
});

describe("terms", () => {
  it("keep counts as counts and literals together", () => {
    expect(rootBody("root ::= [a-z]{0,10000}")).toMatchObject({ kind: "repeat", min: 0, max: 10000 });
    expect(rootBody('root ::= "one" | "two" | "three"')).toMatchObject({ kind: "words", words: { length: 3 } });
  });
});

describe("limits", () => {
  const limit = (grammar: string, limits: Partial<Limits> = {}) => errorOf(() => lower(grammar, limits)).code;

  it("bound the length, the depth and the size", () => {
    expect(limit('root ::= "a"', { maxSourceLength: 11 })).toBe("limit");
    expect(limit(`root ::= ${"(".repeat(10)}"a"${")".repeat(10)}`, { maxDepth: 9 })).toBe("limit");
    expect(limit('root ::= "a"????', { maxDepth: 3 })).toBe("limit");
    expect(limit('root ::= (("a"?)?)?', { maxDepth: 4 })).toBe("limit");
    expect(limit('root ::= "abcdefghij"', { maxTermNodes: 10 })).toBe("limit");
    expect(limit('root ::= "abcdefghij" | "b"', { maxTermNodes: 10 })).toBe("limit");
  });

  it("aren't touched by what is at the bound", () => {
    expect(lower(`root ::= ${"(".repeat(400)}"a"${")".repeat(400)}`).kind).toBe("call");
    expect(lower(`root ::= ${"(|a ".repeat(400)}"a"${")".repeat(400)}\na ::= "a"`).kind).toBe("call");
    expect(lower(`root ::= "a"${"{2}".repeat(400)}`).kind).toBe("call");
    expect(lower(`root ::= ${'("a")? '.repeat(10_000)}`).kind).toBe("call");
  });

  it("hold for long hostile texts, in linear time", () => {
    const size = 200_000;
    const texts = [
      "(",
      '"a"?*',
      "[",
      "<",
      '"\\"',
      "{",
      ".",
      "a.",
      "|",
      '"a"|',
      '"a" ',
      "a ",
      "\\",
      "Token(",
      "!",
      "((a)*",
    ];
    for (const text of [...texts, "é", '"aa"|', "[a-z]|", "(|", "*", "a::=\n", "#", "\n", `"${"x".repeat(500)}" `]) {
      const grammar = `root ::= ${text.repeat(size / text.length)}`;
      const begin = performance.now();
      expect(["limit", "syntax", "invalid", "unsupported", "read"], text).toContain(limitOrRead(grammar));
      expect(performance.now() - begin, text).toBeLessThan(5_000);
    }
    for (const grammar of [
      `root ::= "${"x".repeat(size)}"`,
      `root ::= "${"x".repeat(size)}" | "${"y".repeat(size)}"`,
    ]) {
      expect(limitOrRead(grammar)).toBe("limit");
    }
  }, 120_000);

  function limitOrRead(grammar: string): string {
    try {
      lower(grammar);
      return "read";
    } catch (error) {
      if (error instanceof ConstraintError) return error.code;
      throw error;
    }
  }
});
