// Experiment: both cores over the workload's grammars, regexes and schemas (an any-order object is a custom term), and
// over regexes that are And and Not. `npx tsx bench/experiment/run.ts [random grammars]`. For every text:
// time a byte, items, states; at some positions the whole mask by a plain walk of the trie on both cores (no run profiles, no
// memo: what a miss costs in the core itself), cold and warm, and its equality; liveness and acceptance at every byte.
import { ByteAutomaton, dead } from "../../src/automaton/byte-automaton.ts";
import { byteRange, byteSetOf, unionByteSets } from "../../src/base/byte-set.ts";
import { defaultLimits } from "../../src/base/limits.ts";
import {
  anyCodePoint,
  codePoints,
  codePointsTerm,
  complementCodePoints,
  intersectCodePoints,
} from "../../src/term/code-points.ts";
import { compileProgram, type Program } from "../../src/term/program.ts";
import { alt, bytes, call, cat, literal, Rule, repeat, type Term } from "../../src/term/term.ts";
import { TokenTrie } from "../../src/vocabulary/token-trie.ts";
import { lowerSpec, SharedLanguages } from "../../src/matcher/lower-spec.ts";
import { formatTable, short } from "../rivals/statistics.ts";
import { loadTokenIds } from "../rivals/token-ids.ts";
import { adversarialWorkload, workloadSeed } from "../workload/index.ts";
import { EarleyCore, walkEarley } from "./earley-core.ts";

function grammarTerm(gbnf: string): Term {
  const rules = new Map<string, Rule>();
  const lines = gbnf
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ::= "));
  for (const [name] of lines) rules.set(name!, new Rule(name!));
  for (const [name, sides] of lines)
    rules.get(name!)!.body = alt(
      ...sides!
        .split(" | ")
        .map((side) =>
          cat(
            ...side
              .split(" ")
              .map((each) => (each.startsWith('"') ? literal(JSON.parse(each)) : call(rules.get(each)!))),
          ),
        ),
    );
  return call(rules.get("s")!);
}

const star = (item: Term): Term => repeat(item, 0, Infinity);
const plus = (item: Term): Term => repeat(item, 1, Infinity);
const a = literal("a");
const ab = bytes(byteSetOf(97, 98));
const lower = bytes(byteRange(97, 122));
const digitOrLetter = unionByteSets(unionByteSets(byteRange(48, 57), byteRange(65, 90)), byteRange(97, 122));
const wordCharacter = bytes(unionByteSets(digitOrLetter, byteSetOf(95)));
const newlines = codePoints([
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
]);
const dot = codePointsTerm(intersectCodePoints(anyCodePoint, complementCodePoints(newlines)));
const space = codePointsTerm(
  codePoints([
    [9, 13],
    [32, 32],
    [0xa0, 0xa0],
    [0x1680, 0x1680],
    [0x2000, 0x200a],
    [0x2028, 0x2029],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
    [0xfeff, 0xfeff],
  ]),
);
const words = (separator: Term): Term => cat(plus(lower), star(cat(separator, plus(lower))));
const regexTerms: Record<string, Term> = {
  "(((b|a)*){2,5}(a|((a)*)*)){1,5}": repeat(cat(repeat(star(ab), 2, 5), alt(a, star(star(a)))), 1, 5),
  "([a-z]*;)*\\.": cat(star(cat(star(lower), literal(";"))), literal(".")),
  "[a-z]+( [a-z]+)*": words(literal(" ")),
  "[a-z]+ .*": cat(plus(lower), literal(" "), star(dot)),
  "(\\w+\\s){1,100}": repeat(cat(plus(wordCharacter), space), 1, 100),
  ".{0,5000}": repeat(dot, 0, 5000),
  "(a|b)*a(a|b){12}": cat(star(ab), a, repeat(ab, 12, 12)),
  "[a-z]{0,10000}": repeat(lower, 0, 10_000),
};

/** The mask by a plain walk with the automaton's own cache of transitions. Returns the trie nodes visited. */
function walkStates(automaton: ByteAutomaton, state: number, trie: TokenTrie, out: Uint32Array): number {
  out.fill(0);
  const path = new Int32Array(256);
  path[0] = state;
  let visited = 0;
  for (let node = 1; node < trie.size; ) {
    const depth = trie.depth[node]!;
    visited++;
    const to = automaton.step(path[depth - 1]!, trie.byte[node]!);
    if (to === dead) {
      node = trie.end[node]!;
      continue;
    }
    path[depth] = to;
    for (let t = trie.tokenStart[node]!; t < trie.tokenStart[node + 1]!; t++) {
      const id = trie.tokenIds[t]!;
      out[id >> 5]! |= 1 << (id & 31);
    }
    node++;
  }
  return visited;
}

interface Row {
  bytes: number;
  earleyUs: number;
  stackUs: number;
  earleyItems: number;
  earleyWidest: number;
  states: number;
  tails: number;
  widest: number;
  earleyMask: number;
  stackCold: number;
  stackWarm: number;
  masks: number;
  nodes: number;
  different: number;
}

function measure(program: Program, texts: readonly string[], trie: TokenTrie): Row {
  const row: Row = {
    bytes: 0,
    earleyUs: 0,
    stackUs: 0,
    earleyItems: 0,
    earleyWidest: 0,
    states: 0,
    tails: 0,
    widest: 0,
    earleyMask: 0,
    stackCold: 0,
    stackWarm: 0,
    masks: 0,
    nodes: 0,
    different: 0,
  };
  const [ours, theirs] = [new Uint32Array(4008), new Uint32Array(4008)];
  for (const text of texts) {
    const input = new TextEncoder().encode(text);
    const automaton = new ByteAutomaton(program, defaultLimits);
    let before = performance.now();
    let state = automaton.start;
    const path = [state];
    for (const byte of input) {
      if ((state = automaton.step(state, byte)) === dead) break;
      path.push(state);
    }
    row.stackUs += (performance.now() - before) * 1000;
    row.states += automaton.stateCount;
    row.tails += automaton.tailCount;
    for (const each of path) row.widest = Math.max(row.widest, automaton.itemCount(each));
    before = performance.now();
    const earley = new EarleyCore(program);
    const widths = [earley.width];
    const accepting = [earley.isAccepting];
    for (const byte of input) {
      if (!earley.push(byte)) break;
      widths.push(earley.width);
      accepting.push(earley.isAccepting);
    }
    row.earleyUs += (performance.now() - before) * 1000;
    row.earleyItems += earley.items;
    row.bytes += path.length - 1;
    row.earleyWidest = widths.reduce((most, each) => Math.max(most, each), row.earleyWidest);
    if (accepting.length !== path.length || accepting.some((each, i) => each !== automaton.isAccepting(path[i]!)))
      row.different++;
    // Masks, from the end backwards, so that the chart only shrinks.
    for (const share of [1, 0.9, 0.5, 0.1]) {
      const at = Math.floor((path.length - 1) * share);
      earley.pop(earley.position - at);
      before = performance.now();
      row.nodes += walkEarley(earley, trie, theirs);
      const half = performance.now();
      walkStates(automaton, path[at]!, trie, ours);
      const then = performance.now();
      walkStates(automaton, path[at]!, trie, ours);
      row.earleyMask += half - before;
      row.stackCold += then - half;
      row.stackWarm += performance.now() - then;
      row.masks++;
      if (ours.some((word, i) => word !== theirs[i])) row.different++;
    }
  }
  return row;
}

const ids = loadTokenIds();
const trie = TokenTrie.build((id) => ids.bytesOf(id), 128_000);
const rows = [
  [
    "case",
    "bytes",
    "Earley µs/byte",
    "stacks µs/byte",
    "Earley items",
    "widest",
    "states",
    "tails",
    "widest",
    "mask ms: Earley",
    "stacks cold",
    "stacks warm",
    "trie nodes",
    "differences",
  ],
];
const shared = new SharedLanguages(defaultLimits);
const schemas = /200 optional|pattern and maxLength|open object beside/;
const cases: [name: string, term: () => Term, texts: string[]][] = [
  ...["(?!.*(?:foo|bar))[a-z]{3,200}", "\\b\\w+\\b.*(?<!x)", "(?=.*[0-9])(?=.*[A-Z])[A-Za-z0-9]{8,64}"].map(
    (pattern): [string, () => Term, string[]] => [
      `And, Not: ${pattern}`,
      () => lowerSpec({ type: "regex", pattern, flags: "u" }, defaultLimits, {}, shared),
      ["abcdefghijklmnopqrstuvwxyz".repeat(7), "word5And9Some7Letters8In1A2Row3".slice(0, 60)],
    ],
  ),
];
for (const each of adversarialWorkload(workloadSeed, Number(process.argv[2] ?? 8))) {
  const { spec } = each;
  const texts = each.texts.map((text) => text.text);
  if (spec.type === "ebnf") cases.push([each.name, () => grammarTerm(spec.grammar), texts]);
  else if (spec.type === "regex" && regexTerms[spec.pattern] !== undefined) {
    cases.push([each.name, () => regexTerms[spec.pattern]!, texts]);
  } else if (spec.type === "json_schema" && schemas.test(each.name)) {
    const short = texts.slice(0, 2).map((text) => text.slice(0, 1500));
    cases.push([each.name, () => lowerSpec(spec, defaultLimits, {}, shared), short]);
  }
}
for (const [name, term, texts] of cases) {
  try {
    const row = measure(compileProgram(term(), defaultLimits), texts, trie);
    rows.push([
      name,
      `${row.bytes}`,
      short(row.earleyUs / row.bytes),
      short(row.stackUs / row.bytes),
      `${row.earleyItems}`,
      `${row.earleyWidest}`,
      `${row.states}`,
      `${row.tails}`,
      `${row.widest}`,
      short(row.earleyMask / row.masks),
      short(row.stackCold / row.masks),
      short(row.stackWarm / row.masks),
      short(row.nodes / row.masks),
      `${row.different}`,
    ]);
  } catch (error) {
    rows.push([name, String(error)]);
  }
  console.error(name);
}
console.log(formatTable(rows));
