// The adversarial workload as a test: its oracle against brute force, its determinism, its outcomes against other readers, and this
// library's masks over its grammars against the oracle, with every string of up to three characters as a token.
import { describe, expect, it } from "vitest";
import { cfgOfGbnf, EarleyOracle, parseCfg, randomCfg } from "../../bench/workload/cfg.ts";
import { adversarialWorkload } from "../../bench/workload/index.ts";
import { reformat } from "../../bench/workload/maskbench.ts";
import { seededRandom } from "../../bench/workload/random.ts";
import { plainPattern } from "../../bench/workload/regexes.ts";
import { Compiler, Vocabulary } from "../../src/index.ts";

/** All words of at most `length` characters, by expanding the leftmost rule breadth first; for grammars without empty sides. */
function wordsUpTo(cfg: ReturnType<typeof parseCfg>, length: number): Set<string> {
  const words = new Set<string>();
  const seen = new Set<string>(["S"]);
  for (const form of seen) {
    const at = [...form].findIndex((each) => cfg.has(each));
    if (at < 0) words.add(form);
    else
      for (const side of cfg.get(form[at]!)!) {
        const next = form.slice(0, at) + side.join("") + form.slice(at + 1);
        if (next.length <= length) seen.add(next);
      }
  }
  return words;
}

describe("the Earley oracle", () => {
  it.each([
    "S: S + S | S * S | a",
    "S: S S | a",
    "S: a S a | b S b | a | b | a a | b b",
    "S: T a | b; T: U c | S; U: S b | c",
  ])("agrees with brute force on %s", (text) => {
    const cfg = parseCfg(text);
    const words = wordsUpTo(cfg, 6);
    const prefixes = new Set([...words].flatMap((word) => [...word].map((_, i) => word.slice(0, i + 1))));
    const alphabet = [...new Set([...words].join(""))];
    const check = (text: string, oracle: EarleyOracle): void => {
      expect(oracle.isAccepting, text).toBe(words.has(text));
      if (text.length === 4) return;
      for (const each of alphabet) {
        const alive = oracle.push(each);
        if (prefixes.has(text + each)) expect(alive, text + each).toBe(true);
        if (!alive) continue;
        check(text + each, oracle);
        oracle.pop();
      }
    };
    check("", new EarleyOracle(cfg));
  });

  it("reads empty words", () => {
    const oracle = new EarleyOracle(parseCfg("S: T S T a | ε; T: ε | b"));
    expect(oracle.isAccepting).toBe(true);
    expect(oracle.next()).toEqual(["a", "b"]);
    expect(oracle.push("c")).toBe(false);
    for (const each of "bba") expect(oracle.push(each)).toBe(true);
    expect(oracle.isAccepting).toBe(true);
  });
});

describe("masks", () => {
  it.each(adversarialWorkload(11, 12).filter((each) => each.group === "cfg" && !each.name.includes("depth")))(
    "of $name",
    ({ spec, texts }) => {
      if (spec.type !== "ebnf") throw new Error("no grammar");
      const cfg = cfgOfGbnf(spec.grammar);
      const alphabet = [...new Set([...cfg.values()].flat(2).filter((each) => !cfg.has(each)))];
      const tokens = alphabet.flatMap((a) => [
        a,
        ...alphabet.flatMap((b) => [a + b, ...alphabet.map((c) => a + b + c)]),
      ]);
      const everyByte = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
      const utf8 = new TextEncoder();
      const vocabulary = Vocabulary.fromTokens([...tokens.map((each) => utf8.encode(each)), ...everyByte, null], {
        eosTokenIds: [tokens.length + 256],
      });
      const constraint = new Compiler(vocabulary).compile(spec);
      const row = new Uint32Array(Math.ceil(vocabulary.size / 32));
      for (const { text, expect: outcome } of texts) {
        const matcher = constraint.matcher();
        const oracle = new EarleyOracle(cfg);
        const end = Math.min(typeof outcome === "object" ? outcome.deadAt : text.length, 24);
        for (let at = 0; ; at++) {
          matcher.fillMask(row);
          const allowed = tokens.filter((_, id) => ((row[id >> 5]! >>> (id & 31)) & 1) === 1);
          expect(allowed, `after ${text.slice(0, at)}`).toEqual(tokens.filter((each) => isAlive(oracle, each)));
          expect(matcher.isAccepting).toBe(oracle.isAccepting);
          if (at === end) break;
          oracle.push(text[at]!);
          expect(matcher.accept(tokens.indexOf(text[at]!))).toBe(true);
        }
      }
    },
  );
});

function isAlive(oracle: EarleyOracle, token: string): boolean {
  let read = 0;
  while (read < token.length && oracle.push(token[read]!)) read++;
  for (let i = 0; i < read; i++) oracle.pop();
  return read === token.length;
}

describe("the workload", () => {
  it("is the same for the same seed", () => {
    const text = (seed: number): string => JSON.stringify(adversarialWorkload(seed, 3));
    const first = text(7);
    expect(first === text(7)).toBe(true);
    expect(first === text(8)).toBe(false);
  });

  it("has regexes whose outcomes a backtracking engine confirms", () => {
    for (const { spec, texts, plainPattern: plain } of adversarialWorkload(7, 0)) {
      if (spec.type !== "regex" || spec.pattern.startsWith("((")) continue; // nested stars: exponential by backtracking
      for (const pattern of [spec.pattern, plain!]) {
        const whole = new RegExp(`^(?:${pattern})$`, "u");
        for (const text of texts)
          expect(whole.test(text.text), `${pattern} ${text.name}`).toBe(text.expect === "accept");
      }
    }
  });

  it("has schemas' accepted texts that are JSON", () => {
    for (const { group, texts } of adversarialWorkload(7, 0)) {
      if (group !== "schema") continue;
      for (const { expect: outcome, text, name } of texts)
        if (outcome === "accept" && name !== "objects" && name !== "arrays")
          expect(() => JSON.parse(text)).not.toThrow();
    }
  });
});

it("random grammars have words", () => {
  const random = seededRandom(3);
  for (let i = 0; i < 50; i++) {
    const oracle = new EarleyOracle(randomCfg(random, 3));
    expect(oracle.isAccepting || oracle.next().length > 0).toBe(true);
  }
});

it("spells out the classes of a pattern", () => {
  expect(plainPattern("\\w+\\. .")).toBe("[A-Za-z0-9_]+\\. [^\\n\\r\\u2028\\u2029]");
});

it("reformats JSON as Python writes it", () => {
  expect(reformat('{"a" :[1.0,-2e10,\n"\\u00e9\\/"],"b":{} }')).toBe('{"a": [1.0, -2e10, "é/"], "b": {}}');
});
