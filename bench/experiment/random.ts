// Experiment: both cores over random mean grammars (test/oracles/random-grammar.ts): `npx tsx bench/experiment/random.ts [grammars]
// [seed] [length]`. A random walk, and at each position every text of up to 3 letters: what a walk of a small trie costs.
import fc from "fast-check";
import { ByteAutomaton, dead } from "../../src/automaton/byte-automaton.ts";
import { defaultLimits } from "../../src/base/limits.ts";
import { compileProgram, type Program } from "../../src/term/program.ts";
import { randomGrammar } from "../../test/oracles/random-grammar.ts";
import { EarleyCore } from "./earley-core.ts";

const [, , count = "200", seed = "1", length = "24"] = process.argv;
const grammars = fc.sample(randomGrammar(), { seed: Number(seed), numRuns: Number(count) });
let state0 = 12345;
const random = (n: number) => ((state0 = (Math.imul(state0, 1664525) + 1013904223) >>> 0) >>> 8) % n;
const letters = [97, 98, 99];
const rows: { ms: number; line: string }[] = [];
for (const [i, grammar] of grammars.entries()) {
  let program: Program;
  try {
    program = compileProgram(grammar.root, defaultLimits);
  } catch {
    continue;
  }
  const automaton = new ByteAutomaton(program, defaultLimits);
  const earley = new EarleyCore(program);
  let state = automaton.start;
  let [stackMs, earleyMs, worstStack, worstEarley, steps, different, widest] = [0, 0, 0, 0, 0, 0, 0];
  const probe = (depth: number, at: number): void => {
    if (depth === 0) return;
    for (const each of letters) {
      const t0 = performance.now();
      const to = automaton.step(at, each);
      const t1 = performance.now();
      const ok = earley.push(each);
      const t2 = performance.now();
      stackMs += t1 - t0;
      earleyMs += t2 - t1;
      steps++;
      worstStack = Math.max(worstStack, t1 - t0);
      worstEarley = Math.max(worstEarley, t2 - t1);
      if ((to !== dead) !== ok) different++;
      if (ok) {
        if (earley.isAccepting !== automaton.isAccepting(to)) different++;
        widest = Math.max(widest, earley.width);
        probe(depth - 1, to);
        earley.pop();
      }
    }
  };
  const begin = performance.now();
  let text = "";
  try {
    for (let n = 0; n < Number(length); n++) {
      probe(3, state);
      const live = letters.filter((each) => automaton.step(state, each) !== dead);
      if (live.length === 0) break;
      const each = live[random(live.length)]!;
      state = automaton.step(state, each);
      earley.push(each);
      text += String.fromCharCode(each);
      if (performance.now() - begin > 20_000) break;
    }
  } catch (error) {
    text += ` ${String(error)}`;
  }
  rows.push({
    ms: stackMs,
    line: `${i} bytes ${text.length} steps ${steps} stacks ${stackMs.toFixed(1)} ms (worst ${worstStack.toFixed(2)}), Earley ${earleyMs.toFixed(1)} ms (worst ${worstEarley.toFixed(2)}), ratio ${(stackMs / earleyMs).toFixed(2)}, states ${automaton.stateCount} tails ${automaton.tailCount}, Earley items ${earley.items} widest ${widest}, differences ${different}`,
  });
}
rows.sort((a, b) => b.ms - a.ms);
for (const row of rows.slice(0, 15)) console.log(row.line);
const ratio = rows
  .map((r) => r.line.match(/ratio ([\d.]+)/)![1])
  .map(Number)
  .sort((a, b) => a - b);
console.log(
  "grammars",
  rows.length,
  "median ratio",
  ratio[ratio.length >> 1],
  "p90",
  ratio[Math.floor(ratio.length * 0.9)],
  "max",
  ratio.at(-1),
  "differences",
  rows.filter((r) => !r.line.endsWith("differences 0")).length,
);
console.log(
  "total stacks",
  rows.reduce((s, r) => s + r.ms, 0).toFixed(0),
  "Earley",
  rows.reduce((s, r) => s + Number(r.line.match(/Earley ([\d.]+) ms/)![1]), 0).toFixed(0),
);
