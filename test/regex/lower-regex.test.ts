import { describe, expect, it } from "vitest";
import { ConstraintError, type ErrorCode, type TextLocation } from "../../src/base/errors.ts";
import { defaultLimits as limits } from "../../src/base/limits.ts";
import { lowerRegex, type RegexOptions } from "../../src/regex/lower-regex.ts";
import { UnicodeTables } from "../../src/regex/unicode-tables.ts";
import { hasCodePoint, pairs } from "../../src/term/code-points.ts";
import { compileDfa } from "../../src/term/dfa.ts";
import { literal, type Term } from "../../src/term/term.ts";
import { matches } from "../oracles/term-recogniser.ts";
import { regexCases } from "./regex-cases.ts";

const unicode = new UnicodeTables();

function lower(pattern: string, options: Omit<RegexOptions, "limits"> = {}): Term {
  return lowerRegex(pattern, { limits, unicode, ...options });
}

function accepts(term: Term, text: string): boolean {
  return matches(term, new TextEncoder().encode(text));
}

function error(action: () => unknown): { code: ErrorCode; location: TextLocation } {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof ConstraintError) return { code: thrown.code, location: thrown.location as TextLocation };
    throw thrown;
  }
  throw new Error("nothing thrown");
}

describe("cases", () => {
  for (const { pattern, flags = "", search = false, accepts: good, rejects: bad } of regexCases) {
    it(`${search ? "search " : ""}/${pattern}/${flags}`, () => {
      const term = lower(pattern, { flags, search });
      const wrong = [...good.filter((text) => !accepts(term, text)), ...bad.filter((text) => accepts(term, text))];
      expect(wrong).toEqual([]);
    });
  }
});

describe("errors have a place", () => {
  const cases: [pattern: string, code: ErrorCode, column: number, caret: string, flags?: string][] = [
    ["ab(c", "syntax", 3, "^"],
    ["ab)c", "syntax", 3, "^"],
    ["a**", "syntax", 3, "^"],
    ["x[a-", "syntax", 2, "^"],
    ["x[z-a]", "syntax", 3, "^^^"],
    ["xa{5,2}", "syntax", 3, "^^^^^"],
    ["x\\", "syntax", 2, "^"],
    ["x\\-", "syntax", 2, "^^", "u"],
    ["x{", "syntax", 2, "^", "u"],
    ["\\p{Nonsense}", "syntax", 1, "^^^^^^^^^^^^", "u"],
    ["\\2(a)", "syntax", 1, "^^", "u"],
    ["(?i)a", "syntax", 1, "^^^"],
    ["(?P<a>b)", "syntax", 1, "^^^"],
    ["(?>a)", "syntax", 1, "^^^"],
    ["x(?i:a)", "unsupported", 2, "^^^^"],
    ["(a)x\\1", "unsupported", 5, "^^"],
    ["(?<n>a)\\k<n>", "unsupported", 8, "^^^^^"],
    ["(?:\\b(?:a{1,1000}|b{1,999}c)\\b.?)*(?=(?:ab){50000})d", "unsupported", 4, "^^"],
    ["a{9007199254740993}", "limit", 2, "^^^^^^^^^^^^^^^^^^"],
  ];
  for (const [pattern, code, column, caret, flags = ""] of cases) {
    it(`/${pattern}/${flags}`, () => {
      const thrown = error(() => lower(pattern, { flags }));
      expect(thrown).toMatchObject({ code, location: { line: 1, column, offset: column - 1 } });
      expect(thrown.location.excerpt).toBe(`${pattern}\n${" ".repeat(column - 1)}${caret}`);
    });
  }

  it("on the right line", () => {
    expect(error(() => lower("a\nb\n(c")).location).toMatchObject({ line: 3, column: 1, offset: 4 });
  });

  it("flags", () => {
    expect(error(() => lower("a", { flags: "ix" }))).toMatchObject({ code: "syntax", location: { column: 2 } });
    expect(error(() => lower("a", { flags: "ii" }))).toMatchObject({ code: "syntax", location: { column: 2 } });
    expect(error(() => lower("a", { flags: "v" })).code).toBe("unsupported");
    expect(error(() => lower("a", { flags: "y" })).code).toBe("unsupported");
    expect(accepts(lower("a", { flags: "dg" }), "a")).toBe(true);
  });
});

describe("limits", () => {
  it("nesting", () => {
    const nested = (depth: number) => "(".repeat(depth) + "a".repeat(depth > 0 ? 1 : 0) + ")".repeat(depth);
    expect(accepts(lower(nested(limits.maxDepth)), "a")).toBe(true);
    expect(error(() => lower(nested(limits.maxDepth + 1)))).toMatchObject({
      code: "limit",
      location: { offset: limits.maxDepth },
    });
    expect(error(() => lower(nested(10_000))).code).toBe("limit");
  });

  it("length", () => {
    const few = { ...limits, maxPatternLength: 10 };
    expect(error(() => lowerRegex("a".repeat(11), { limits: few })).code).toBe("limit");
  });

  it("nodes", () => {
    const few = { ...limits, maxTermNodes: 100 };
    expect(error(() => lowerRegex("ab".repeat(60), { limits: few })).code).toBe("limit");
    expect(lowerRegex("(?:ab){60000}", { limits: few }).kind).toBe("repeat");
  });

  it("long patterns and long alternations don't overflow the stack", () => {
    expect(accepts(lower("xy".repeat(100_000)), "xy")).toBe(false);
    const names = Array.from({ length: 20_000 }, (_, i) => `name${i}`);
    const list = lower(names.join("|"));
    expect(list.kind).toBe("words");
    expect(accepts(list, "name19999")).toBe(true);
    expect(
      accepts(
        lower(
          names
            .map((name) => `^${name}$`)
            .slice(0, 5000)
            .join("|"),
          { search: true },
        ),
        "name4999",
      ),
    ).toBe(true);
  });

  it("hostile nests of assertions end, exactly or refused", () => {
    const patterns = [
      "(?:\\b.*)".repeat(30),
      `${"(?!^".repeat(100)}a${")".repeat(100)}`,
      "(a|^b|c$)".repeat(12),
      "(?:(?=a|b)|(?=b|c))".repeat(12),
      "(?:(?:^|a?){0,100000}b)*",
    ];
    for (const pattern of patterns) {
      try {
        expect(lower(pattern, { search: true }).kind).toBeTypeOf("string");
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(ConstraintError);
        expect((thrown as ConstraintError).code).toBe("unsupported");
      }
    }
  }, 20_000);
});

describe("terms", () => {
  it("counts aren't unrolled, also beside assertions that a neighbour decides", () => {
    expect(lower("[a-z]{5,70000}")).toMatchObject({ kind: "repeat", min: 5, max: 70000 });
    expect(lower("^(?!-)[a-z-]{1,70000}$")).toMatchObject({ kind: "cat", items: [{}, { kind: "repeat", max: 69999 }] });
  });

  it("counts at either end of what is searched for go down to their least", () => {
    expect(lower("a{2,320}(?:b{0,9}|c)", { search: true })).toEqual(lower("aa", { search: true }));
    expect(lower("^a{2,320}$", { search: true })).toMatchObject({ kind: "repeat", max: 320 });
  });

  it("anchors and word boundaries that the neighbours decide leave nothing behind", () => {
    expect(lower("^abc$", { search: true })).toEqual(literal("abc"));
    expect(lower("\\babc\\b")).toEqual(literal("abc"));
    expect(lower("a^b", { search: true })).toEqual({ kind: "empty" });
  });

  it("every word is UTF-8", () => {
    for (const pattern of ["(?!a)", "(?<!a)", "^(?!a)", "\\B", "(?!.*é)x*"]) {
      const term = lower(pattern, { search: true });
      for (const bad of [[0xff], [0xc3], [0x61, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98]]) {
        expect(matches(term, Uint8Array.from(bad))).toBe(false);
      }
    }
  });
});

describe("options", () => {
  it("alphabet cuts every class and what surrounds a match", () => {
    const term = lower("[^a]", { alphabet: [0x61, 0x63], search: true });
    expect(["b", "ac", "abc"].filter((text) => !accepts(term, text))).toEqual([]);
    expect(["", "a", "d", "bd"].filter((text) => accepts(term, text))).toEqual([]);
  });
});

describe("Unicode tables", () => {
  it("agree with the engine's RegExp on every 7th code point", () => {
    const classes = [
      "\\p{L}",
      "\\P{Lu}",
      "\\p{Script=Latin}",
      "\\p{scx=Deva}",
      "\\p{ASCII}",
      "\\p{Any}",
      "\\p{Cs}",
      "\\p{Cn}",
    ];
    for (const property of classes) {
      const dfa = compileDfa(lower(property), limits);
      const regexp = new RegExp(`^${property}$`, "u");
      const wrong: number[] = [];
      for (let codePoint = 0; codePoint <= 0x10ffff; codePoint += 7) {
        if (codePoint >= 0xd800 && codePoint <= 0xdfff) continue;
        const text = String.fromCodePoint(codePoint);
        let state = dfa.start;
        for (const byte of new TextEncoder().encode(text))
          state = dfa.next[state * dfa.classCount + dfa.classOf[byte]!]!;
        if ((dfa.accepting[state] === 1) !== regexp.test(text)) wrong.push(codePoint);
      }
      expect(wrong).toEqual([]);
    }
  });

  it("fold as the engine does: every pair in an orbit, and nothing across", () => {
    const cased = unicode.property("Changes_When_Casemapped")!;
    for (const [first, last] of pairs(cased)) {
      for (let codePoint = first; codePoint <= last; codePoint += 5) {
        const orbit = unicode.closeOverCase([codePoint, codePoint]);
        const text = String.fromCodePoint(codePoint);
        const regexp = new RegExp(`^\\u{${codePoint.toString(16)}}$`, "iu");
        for (const [low, high] of pairs(orbit)) {
          for (let other = low; other <= high; other++) expect(regexp.test(String.fromCodePoint(other))).toBe(true);
        }
        for (const other of [text.toLowerCase(), text.toUpperCase()]) {
          if ([...other].length === 1) expect(hasCodePoint(orbit, other.codePointAt(0)!)).toBe(regexp.test(other));
        }
      }
    }
  });
});
