// Context-free grammars that break engines: ambiguity that explodes when stacks are determinised, left recursion,
// nullable rules, deep stacks. Outcomes come from the Earley oracle, or are known from the grammar's shape.
import { accepted, dead, incomplete, type WorkloadCase, type WorkloadText } from "./case.ts";
import { type Cfg, cfgToGbnf, cfgToLark, EarleyOracle, parseCfg, randomCfg } from "./cfg.ts";
import { type Random, seededRandom } from "./random.ts";

/** Recursive left factoring of its stacks reaches 114,798 sub-terms after 58 bytes. */
const explosive = parseCfg("S: a | b S T b | a | ε; T: a S | a | b T T T | a T S");
const expression = parseCfg("S: S + S | S * S | a");
const doubling = parseCfg("S: S S | a");
const nullableDoubling = parseCfg("S: a S S | ε");
const palindromes = parseCfg("S: a S a | b S b | a | b | ε");
const parentheses = parseCfg("S: ( S ) S | ε");
const indirectLeft = parseCfg("S: T a | b; T: U c | S; U: V S b | c; V: ε | a");
const hiddenLeft = parseCfg("S: N S a | b; N: ε | c N");

export function cfgCases(seed: number, randomGrammars: number): WorkloadCase[] {
  const random = seededRandom(seed);
  const half = Array.from({ length: 2100 }, () => random.pick(["a", "b"])).join("");
  const mirrored = half + [...half].reverse().join("");
  const sum = `a${Array.from({ length: 150 }, () => `${random.pick(["+", "*"])}a`).join("")}`;
  const cases = [
    cfgCase("cfg explosive", explosive, walks(explosive, random, 4, 120)),
    cfgCase("cfg E+E", expression, [
      accepted("sum", sum, "bytes"),
      dead("two operators", `${sum}+*a`, sum.length + 1, "bytes"),
    ]),
    cfgCase("cfg SS", doubling, [accepted("a^200", "a".repeat(200), "bytes"), dead("b", "aaab", 3)]),
    cfgCase("cfg aSS", nullableDoubling, [accepted("a^300", "a".repeat(300), "bytes"), dead("b", "aaab", 3)]),
    cfgCase("cfg palindromes", palindromes, [
      accepted("short", "abbabba", "bytes"),
      accepted("long", mirrored.slice(2100 - 150, 2100 + 150), "bytes"),
    ]),
    cfgCase("cfg palindromes, 4,200 bytes", palindromes, [accepted("greedy", mirrored)]),
    cfgCase("cfg parentheses, depth 10,000", parentheses, [
      accepted("deep", "(".repeat(10_000) + ")".repeat(10_000), "bytes"),
      dead("one too many", `${"(".repeat(100) + ")".repeat(100)})`, 200),
    ]),
    cfgCase("cfg indirect left recursion", indirectLeft, walks(indirectLeft, random, 3, 120)),
    cfgCase("cfg hidden left recursion", hiddenLeft, walks(hiddenLeft, random, 3, 120)),
  ];
  for (let i = 0; i < randomGrammars; ) {
    const cfg = randomCfg(random, 2 + random.below(3));
    const texts = walks(cfg, random, 3, 60);
    if (texts.some((each) => each.text.length < 40)) continue; // too small a language to break anything
    cases.push(cfgCase(`cfg random ${i++}`, cfg, texts));
  }
  return cases;
}

function cfgCase(name: string, cfg: Cfg, texts: readonly WorkloadText[]): WorkloadCase {
  const spec = { type: "ebnf", grammar: cfgToGbnf(cfg), root: "s" } as const;
  return { name, group: "cfg", spec, lark: cfgToLark(cfg), texts };
}

/** Texts that follow the grammar at random for up to `length` bytes; every second one then leaves it. */
function walks(cfg: Cfg, random: Random, count: number, length: number): WorkloadText[] {
  return Array.from({ length: count }, (_, i) => {
    const oracle = new EarleyOracle(cfg);
    let text = "";
    let next = oracle.next();
    while (next.length > 0 && text.length < length) {
      const shuffled = random.shuffled(next);
      const character = shuffled.find((each) => goesOn(oracle, each)) ?? shuffled[0]!;
      oracle.push(character);
      text += character;
      next = oracle.next();
    }
    const wrong = [..."abcx"].find((each) => !next.includes(each))!;
    if (i % 2 === 1) return dead(`walk ${i}`, `${text}${wrong}`, text.length, "bytes");
    return (oracle.isAccepting ? accepted : incomplete)(`walk ${i}`, text, "bytes");
  });
}

function goesOn(oracle: EarleyOracle, character: string): boolean {
  oracle.push(character);
  const answer = oracle.next().length > 0;
  oracle.pop();
  return answer;
}
