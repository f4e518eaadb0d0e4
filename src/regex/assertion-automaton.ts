// The exact automaton of a regex with any assertions anywhere, over classes of characters. Method: derivatives of
// continuations with Boolean formulas (an alternating automaton, determinised as it is read; for lookaheads as in
// Miyazaki and Minamide, "Derivatives of regular expressions with lookahead", 2019). A state is a formula of what the
// rest of the text must match, and for each lookbehind the formula of the matches of it that are under way, which
// began anywhere before; a lookbehind that itself looks ahead gives a formula about the rest of the text, not just
// true or false, so every nesting is covered.
import type { Limits } from "../base/limits.ts";
import { type CodePoints, codePoints, complementCodePoints, intersectCodePoints, pairs } from "../term/code-points.ts";
import type { RawDfa } from "../term/dfa-table.ts";
import { minimize } from "../term/minimize.ts";
import type { Look, RegexNode } from "./ast.ts";
import { type Formula, FormulaStore, falsehood, truth } from "./formula-store.ts";

/** A minimal deterministic automaton over characters: state 0 is dead, every other state can accept. */
export interface CharacterAutomaton {
  readonly start: number;
  readonly size: number;
  readonly accepting: Uint8Array;
  /** By state: the characters that lead to each live state. */
  readonly edges: readonly ReadonlyMap<number, CodePoints>[];
}

/** Thrown where a bound below is passed; says which. */
export class AssertionAutomatonTooLarge extends Error {}

const maxStates = 2_000;
const maxClasses = 200;
const maxBehinds = 50;
const maxClauses = 200;
const maxSteps = 3_000_000;
const maxRecursion = 1_500;

/**
 * The automaton of the texts over `alphabet` that `node` matches from their start to their end. Throws
 * AssertionAutomatonTooLarge. Cost: bounded by the constants above; typically a few states for each state that the
 * regex would have without its assertions.
 */
export function assertionAutomaton(node: RegexNode, alphabet: CodePoints, limits: Limits): CharacterAutomaton {
  return new AutomatonBuilder(node, alphabet, Math.min(maxStates, limits.maxIslandStates)).build();
}

/** Reads `node`, then goes on with `next`. */
interface Step {
  readonly node: RegexNode;
  readonly next: Continuation;
  readonly end: End;
  readonly id: number;
}

/**
 * What follows when nothing is left to match: the text must end; nothing is asked any more (a lookahead holds); or a
 * lookbehind's match is complete.
 */
type End = "text" | "found" | "match";
type Continuation = Step | End;

class AutomatonBuilder {
  readonly #node: RegexNode;
  readonly #maxStates: number;
  readonly #classes: readonly CodePoints[];
  readonly #classSets: ReadonlyMap<RegexNode, Uint8Array>;
  /** Those inside others come first. */
  readonly #behinds: readonly Look[];
  readonly #formulas = new FormulaStore(maxClauses, () => fail("too many cases at once"));
  readonly #steps: Step[] = [];
  readonly #stepIds = new Map<RegexNode, Map<Continuation, Step>>();
  readonly #repeats = new Map<RegexNode, Map<string, RegexNode>>();
  /** By lookbehind: what must hold of the rest of the text for it to hold here. */
  #here: Formula[] = [];
  /** Steps that are being expanded; meeting one again is a loop without progress, which adds nothing. */
  readonly #active = new Set<Step>();
  #stepsLeft = maxSteps;

  constructor(node: RegexNode, alphabet: CodePoints, limit: number) {
    this.#node = node;
    this.#maxStates = limit;
    const sets = new Map<RegexNode, CodePoints>();
    const behinds: Look[] = [];
    collect(node, sets, behinds);
    if (behinds.length > maxBehinds) fail(`more than ${maxBehinds} lookbehinds (^ and \\b are some)`);
    this.#behinds = behinds;
    const { classes, members } = classify([...sets.values()], alphabet);
    this.#classes = classes;
    this.#classSets = new Map([...sets.keys()].map((key, i) => [key, members[i]!]));
  }

  build(): CharacterAutomaton {
    const classCount = this.#classes.length;
    const starts = this.#behinds.map((look) => this.#formulaOf(this.#step(look.item, "match")));
    const states: (readonly Formula[])[] = [[]];
    const ids = new Map<string, number>();
    const idOf = (state: readonly Formula[]): number => {
      if (state[0] === falsehood) return 0;
      const key = state.join();
      const known = ids.get(key);
      if (known !== undefined) return known;
      if (states.length > this.#maxStates) fail(`more than ${this.#maxStates} states`);
      const id = states.push(state) - 1;
      ids.set(key, id);
      return id;
    };
    const start = idOf([this.#formulaOf(this.#step(this.#node, "text")), ...starts]);
    const accepting: number[] = [0];
    const rows: number[][] = [new Array<number>(classCount).fill(0)];
    for (let id = 1; id < states.length; id++) {
      const [main, ...under] = states[id]!;
      this.#here = [];
      for (const formula of under) this.#here.push(this.#completed(formula));
      accepting.push(this.#holdsAtEnd(main!) ? 1 : 0);
      const row: number[] = [];
      for (let c = 0; c < classCount; c++) {
        const derived = under.map((formula, k) => this.#formulas.or(this.#derive(formula, c), starts[k]!));
        row.push(idOf([this.#derive(main!, c), ...derived]));
      }
      rows.push(row);
    }
    return this.#finish({
      size: states.length,
      start,
      classOf: Uint8Array.from({ length: 256 }, (_, i) => Math.min(i, Math.max(0, classCount - 1))),
      classCount,
      next: Int32Array.from(rows.flat()),
      accepting: Uint8Array.from(accepting),
      symbols: [],
      symbolNext: states.map(() => []),
    });
  }

  /** The minimiser takes our classes for bytes. */
  #finish(raw: RawDfa): CharacterAutomaton {
    const dfa = minimize(raw);
    const edges = Array.from({ length: dfa.size }, (_, state) => {
      const targets = new Map<number, CodePoints[]>();
      this.#classes.forEach((set, c) => {
        const to = dfa.next[state * dfa.classCount + dfa.classOf[c]!]!;
        if (to !== 0) targets.set(to, [...(targets.get(to) ?? []), set]);
      });
      return new Map([...targets].map(([to, sets]) => [to, union(sets)]));
    });
    return { start: dfa.start, size: dfa.size, accepting: dfa.accepting, edges };
  }

  #step(node: RegexNode, next: Continuation): Step {
    let byNext = this.#stepIds.get(node);
    if (byNext === undefined) this.#stepIds.set(node, (byNext = new Map()));
    let step = byNext.get(next);
    if (step === undefined) {
      step = { node, next, end: typeof next === "string" ? next : next.end, id: this.#steps.length + 1 };
      this.#steps.push(step);
      byNext.set(next, step);
    }
    return step;
  }

  #formulaOf(continuation: Continuation): Formula {
    return continuation === "found" ? truth : this.#formulas.atom(this.#asStep(continuation).id);
  }

  /** The ends as steps of their own, so that they can be atoms. */
  #asStep(continuation: Continuation): Step {
    return typeof continuation === "string" ? this.#step(nothingLeft, continuation) : continuation;
  }

  #atom(id: number): Step {
    return this.#steps[id - 1]!;
  }

  /** What must hold after a character of class `c` for `formula` to hold before it. */
  #derive(formula: Formula, c: number): Formula {
    return this.#formulas.substitute(formula, (id) => this.#expand(this.#atom(id), deriveMode(c)));
  }

  /** Does `formula` hold of the empty rest? */
  #holdsAtEnd(formula: Formula): boolean {
    return this.#formulas.substitute(formula, (id) => this.#expand(this.#atom(id), atEnd)) === truth;
  }

  /**
   * What must hold of the rest of the text for a match of a lookbehind, out of those under way, to be complete here.
   */
  #completed(formula: Formula): Formula {
    return this.#formulas.substitute(formula, (id) => {
      const step = this.#atom(id);
      return step.end === "match" ? this.#expand(step, complete) : this.#formulas.atom(id);
    });
  }

  /** Goes through everything that matches the empty word here, up to where a character is read or nothing is left. */
  #expand(continuation: Continuation, mode: Mode): Formula {
    if (typeof continuation === "string") return endFormula(continuation, mode);
    const { node, next } = continuation;
    if (node === nothingLeft) return this.#expand(next, mode);
    if (node.kind === "set") {
      return mode.kind === "derive" && this.#classSets.get(node)![mode.class] === 1 ? this.#formulaOf(next) : falsehood;
    }
    if (this.#active.has(continuation)) return falsehood;
    if (this.#stepsLeft-- <= 0) fail("too much work");
    if (this.#active.size > maxRecursion) fail("too deep");
    this.#active.add(continuation);
    const formula = this.#expandNode(node, next, mode);
    this.#active.delete(continuation);
    return formula;
  }

  #expandNode(node: Exclude<RegexNode, { kind: "set" }>, next: Continuation, mode: Mode): Formula {
    switch (node.kind) {
      case "cat":
        return this.#expand(
          node.items.reduceRight<Continuation>((rest, item) => this.#step(item, rest), next),
          mode,
        );
      case "alt": {
        let formula = falsehood;
        for (const item of node.items) {
          if (formula === truth) break;
          formula = this.#formulas.or(formula, this.#expand(this.#step(item, next), mode));
        }
        return formula;
      }
      case "repeat": {
        if (node.max === 0) return this.#expand(next, mode);
        const rest = this.#repeat(node.item, Math.max(0, node.min - 1), node.max - 1);
        const once = this.#expand(this.#step(node.item, this.#step(rest, next)), mode);
        return node.min > 0 ? once : this.#formulas.or(once, this.#expand(next, mode));
      }
      case "look": {
        const condition = node.behind ? this.#behind(node, mode) : this.#ahead(node, mode);
        const holds = node.negative ? this.#formulas.not(condition) : condition;
        return holds === falsehood ? falsehood : this.#formulas.and(holds, this.#expand(next, mode));
      }
    }
  }

  #ahead(node: Look, mode: Mode): Formula {
    const inside = this.#step(node.item, "found");
    return mode.kind === "complete" ? this.#formulas.atom(inside.id) : this.#expand(inside, mode);
  }

  #behind(node: Look, mode: Mode): Formula {
    const formula = this.#here[this.#behinds.indexOf(node)]!;
    if (mode.kind === "complete" || formula === truth || formula === falsehood) return formula;
    return this.#formulas.substitute(formula, (id) => this.#expand(this.#atom(id), mode));
  }

  #repeat(item: RegexNode, min: number, max: number): RegexNode {
    let byCounts = this.#repeats.get(item);
    if (byCounts === undefined) this.#repeats.set(item, (byCounts = new Map()));
    const key = `${min},${max}`;
    let node = byCounts.get(key);
    if (node === undefined) byCounts.set(key, (node = { kind: "repeat", item, min, max }));
    return node;
  }
}

/** To read a character; to ask whether the text may end here; or to see which lookbehinds are complete here. */
type Mode =
  | { readonly kind: "derive"; readonly class: number }
  | { readonly kind: "end" }
  | { readonly kind: "complete" };

const atEnd: Mode = { kind: "end" };
const complete: Mode = { kind: "complete" };

function deriveMode(c: number): Mode {
  return { kind: "derive", class: c };
}

function endFormula(end: End, mode: Mode): Formula {
  if (end === "found") return truth;
  return end === (mode.kind === "end" ? "text" : mode.kind === "complete" ? "match" : undefined) ? truth : falsehood;
}

const nothingLeft: RegexNode = { kind: "cat", items: [] };

function fail(reason: string): never {
  throw new AssertionAutomatonTooLarge(reason);
}

/** The sets and, inner ones first, the lookbehinds of a regex. */
function collect(node: RegexNode, sets: Map<RegexNode, CodePoints>, behinds: Look[]): void {
  if (node.kind === "set") sets.set(node, node.set);
  else if (node.kind === "cat" || node.kind === "alt") for (const item of node.items) collect(item, sets, behinds);
  else collect(node.item, sets, behinds);
  if (node.kind === "look" && node.behind) behinds.push(node);
}

/** The coarsest partition of the alphabet that every set is a union of, and for each set which classes it has. */
function classify(sets: readonly CodePoints[], alphabet: CodePoints): { classes: CodePoints[]; members: Uint8Array[] } {
  const distinct = [...new Map(sets.map((set) => [set.join(), set])).values()];
  let classes: CodePoints[] = alphabet.length === 0 ? [] : [alphabet];
  for (const set of distinct) {
    classes = classes.flatMap((each) => {
      const inside = intersectCodePoints(each, set);
      const outside = subtract(each, inside);
      return [inside, outside].filter((part) => part.length > 0);
    });
    if (classes.length > maxClasses) fail(`more than ${maxClasses} classes of characters`);
  }
  const members = sets.map((set) =>
    Uint8Array.from(classes, (each) => (intersectCodePoints(each, set).length > 0 ? 1 : 0)),
  );
  return { classes, members };
}

function subtract(set: CodePoints, part: CodePoints): CodePoints {
  return intersectCodePoints(set, complementCodePoints(part));
}

function union(sets: readonly CodePoints[]): CodePoints {
  return codePoints(sets.flatMap((set) => [...pairs(set)]));
}
