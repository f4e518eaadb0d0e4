// An oracle: a plain Earley recogniser over terms, to hold the engine against. It shares nothing with the engine but the
// term's shape, and prefers the obvious to the fast: a term becomes a context-free grammar over bytes, items are strings
// in sets, nullable symbols are handled as in Aycock & Horspool, "Practical Earley Parsing" (2002). No and, not, tokens
// or procedures.
import { type ByteSet, hasByte } from "../../src/base/byte-set.ts";
import { isProcedure, type Rule, type Term } from "../../src/term/term.ts";

/** A number is a nonterminal, a byte set a terminal. */
type Symbol = number | ByteSet;

interface Production {
  readonly head: number;
  readonly body: readonly Symbol[];
}

/** Is the whole of `bytes` a word of `root`? */
export function recognises(root: Term, bytes: Uint8Array): boolean {
  return earley(root).recognises(bytes);
}

/** Is there a word of `root` that begins with `bytes`? */
export function isViablePrefix(root: Term, bytes: Uint8Array): boolean {
  return earley(root).isViablePrefix(bytes);
}

export interface Earley {
  recognises(bytes: Uint8Array): boolean;
  isViablePrefix(bytes: Uint8Array): boolean;
}

/** Both questions for one term, converted once. Cubic in the length of the bytes; counts are written out. */
export function earley(root: Term): Earley {
  const { productions, start } = productionsOf(root);
  const productive = fixpoint(productions, (symbol, known) => typeof symbol !== "number" || known.has(symbol));
  const nullable = fixpoint(productions, (symbol, known) => typeof symbol === "number" && known.has(symbol));
  // Without unproductive symbols every item can be completed, so any item left means that the bytes can go on.
  const useful = productions.filter(
    ({ head, body }) =>
      productive.has(head) && body.every((symbol) => typeof symbol !== "number" || productive.has(symbol)),
  );
  return {
    recognises(bytes) {
      const items = lastItems(useful, nullable, start, bytes);
      return items.some(({ production, dot, origin }) => {
        const { head, body } = useful[production]!;
        return head === start && origin === 0 && dot === body.length;
      });
    },
    isViablePrefix: (bytes) => productive.has(start) && lastItems(useful, nullable, start, bytes).length > 0,
  };
}

interface Item {
  readonly production: number;
  readonly dot: number;
  readonly origin: number;
}

/** The Earley items after all of `bytes`. */
function lastItems(
  productions: readonly Production[],
  nullable: ReadonlySet<number>,
  start: number,
  bytes: Uint8Array,
): Item[] {
  const sets: Item[][] = [];
  let seen = new Set<string>();
  const add = (set: Item[], production: number, dot: number, origin: number): void => {
    const key = `${production} ${dot} ${origin}`;
    if (seen.has(key)) return;
    seen.add(key);
    set.push({ production, dot, origin });
  };
  const predict = (set: Item[], head: number, origin: number): void => {
    for (let i = 0; i < productions.length; i++) if (productions[i]!.head === head) add(set, i, 0, origin);
  };

  const first: Item[] = [];
  predict(first, start, 0);
  sets.push(first);
  for (let at = 0; ; at++) {
    const set = sets[at]!;
    // The set grows while it is walked.
    for (let i = 0; i < set.length; i++) {
      const { production, dot, origin } = set[i]!;
      const { head, body } = productions[production]!;
      const next = body[dot];
      if (next === undefined) {
        for (const waiting of [...sets[origin]!]) {
          if (productions[waiting.production]!.body[waiting.dot] === head) {
            add(set, waiting.production, waiting.dot + 1, waiting.origin);
          }
        }
      } else if (typeof next === "number") {
        predict(set, next, at);
        if (nullable.has(next)) add(set, production, dot + 1, origin);
      }
    }
    if (at === bytes.length) return set;
    const after: Item[] = [];
    seen = new Set();
    for (const { production, dot, origin } of set) {
      const next = productions[production]!.body[dot];
      if (next !== undefined && typeof next !== "number" && hasByte(next, bytes[at]!)) {
        add(after, production, dot + 1, origin);
      }
    }
    sets.push(after);
  }
}

/** The heads that have a production of symbols that hold, again and again until nothing is added. */
function fixpoint(
  productions: readonly Production[],
  holds: (symbol: Symbol, known: ReadonlySet<number>) => boolean,
): ReadonlySet<number> {
  const known = new Set<number>();
  for (let before = -1; before !== known.size; ) {
    before = known.size;
    for (const { head, body } of productions) if (body.every((symbol) => holds(symbol, known))) known.add(head);
  }
  return known;
}

function productionsOf(root: Term): { productions: Production[]; start: number } {
  const productions: Production[] = [];
  const ofTerm = new Map<Term, Symbol>();
  const ofRule = new Map<Rule, number>();
  let count = 0;
  const define = (...bodies: (readonly Symbol[])[]): number => {
    const head = count++;
    for (const body of bodies) productions.push({ head, body });
    return head;
  };

  function symbolOf(term: Term): Symbol {
    let symbol = ofTerm.get(term);
    if (symbol === undefined) {
      symbol = makeSymbol(term);
      ofTerm.set(term, symbol);
    }
    return symbol;
  }

  function makeSymbol(term: Term): Symbol {
    switch (term.kind) {
      case "empty":
        return define();
      case "epsilon":
        return define([]);
      case "bytes":
        return term.set;
      case "words":
        return define(...term.words.map((word) => Array.from(word, (byte) => setOf(byte))));
      case "cat":
        return define(term.items.map(symbolOf));
      case "alt":
        return define(...term.items.map((item) => [symbolOf(item)]));
      case "repeat": {
        const item = symbolOf(term.item);
        const required = new Array<Symbol>(term.min).fill(item);
        if (term.max === Infinity) {
          const more = define([]);
          productions.push({ head: more, body: [item, more] });
          return define([...required, more]);
        }
        let more = define([]);
        for (let i = term.min; i < term.max; i++) more = define([], [item, more]);
        return define([...required, more]);
      }
      case "call":
        return ruleSymbol(term.rule);
      case "and":
      case "not":
      case "token":
        throw new Error(`the oracle knows no "${term.kind}"`);
    }
  }

  function ruleSymbol(rule: Rule): number {
    const known = ofRule.get(rule);
    if (known !== undefined) return known;
    const head = define();
    ofRule.set(rule, head);
    if (rule.body === undefined) throw new Error(`the rule ${rule.name} has no body`);
    if (isProcedure(rule.body)) throw new Error("the oracle knows no procedures");
    productions.push({ head, body: [symbolOf(rule.body)] });
    return head;
  }

  const start = define();
  productions.push({ head: start, body: [symbolOf(root)] });
  return { productions, start };
}

function setOf(byte: number): ByteSet {
  const set = new Uint32Array(8);
  set[byte >> 5] = 1 << (byte & 31);
  return set;
}
