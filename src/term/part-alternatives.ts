// A choice between many (the calls of a thousand tools) would make one automaton of all of them. Here each alternative keeps the bytes by which
// it parts from the others, which together are a trie, and what stands behind them is called: a rule, so an automaton, of its own.
import { bytesOf } from "../base/byte-set.ts";
import { alt, call, cat, compareWords, Rule, type Term } from "./term.ts";
import { unrolledSize } from "./term-procedure.ts";

/** Fewer are left as they are: what is called is read beside its callers, where an automaton of both is one table. */
const many = 64;
/** Nodes: what is smaller isn't worth an automaton of its own. */
const minRest = 16;

/** A rule's body that may stand in the place of a call to it, or undefined. */
export type BodyOf = (rule: Rule) => Term | undefined;

interface Alternative {
  readonly term: Term;
  /** Of what it calls, or itself. */
  readonly body: Term;
  /** The bytes that it begins with. */
  readonly head: Uint8Array;
}

/** Parts the alternatives of terms. What two of them share is one rule. */
export class AlternativesParter {
  private readonly bodyOf: BodyOf;
  private readonly sizeOf: (rule: Rule) => number;
  /** By alternative: by the bytes it keeps, the rule of what is behind them. */
  private readonly rests = new Map<Term, Map<number, Rule>>();

  /** `sizeOf`: the nodes of a rule where it is put in the place of a call. */
  constructor(bodyOf: BodyOf, sizeOf: (rule: Rule) => number) {
    this.bodyOf = bodyOf;
    this.sizeOf = sizeOf;
  }

  /** `term` where each choice between many calls what is behind the bytes by which they part, and the rules that are called so. Cost: linear, but for sorting. */
  part(term: Term): { term: Term; rests: ReadonlySet<Rule> } {
    const rests = new Set<Rule>();
    return { term: this.partIn(term, rests), rests };
  }

  private partIn(term: Term, rests: Set<Rule>): Term {
    switch (term.kind) {
      case "cat":
        return cat(...term.items.map((item) => this.partIn(item, rests)));
      case "alt": {
        const items = this.alternatives(term);
        return alt(
          ...(items.length < many ? term.items.map((item) => this.partIn(item, rests)) : this.parted(items, rests)),
        );
      }
      case "repeat":
        return { ...term, item: this.partIn(term.item, rests) };
      default:
        return term;
    }
  }

  /** Those of `term`, and of the alternatives that are choices themselves; beside each what a call among them calls. */
  private alternatives(term: Term): Alternative[] {
    const todo = [term];
    const seen = new Set<Term | Rule>();
    const found: Alternative[] = [];
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      const key = at.kind === "call" ? at.rule : at;
      if (seen.has(key)) continue;
      seen.add(key);
      const body = at.kind === "call" ? (this.bodyOf(at.rule) ?? at) : at;
      if (body.kind === "alt") for (const item of body.items) todo.push(item);
      else found.push({ term: at, body, head: leadingBytes(body) });
    }
    return found;
  }

  private parted(alternatives: readonly Alternative[], rests: Set<Rule>): Term[] {
    const sorted = [...alternatives].sort((a, b) => compareWords(a.head, b.head));
    return sorted.map((each, i) => {
      const { term, body, head } = each;
      const shared = Math.max(sharedLength(sorted[i - 1]?.head, head), sharedLength(sorted[i + 1]?.head, head));
      return head.length === 0 ? term : this.cutBehind(body, Math.min(shared + 1, head.length), rests);
    });
  }

  /** `term` with a call in place of what is behind its first `length` bytes. */
  private cutBehind(term: Term, length: number, rests: Set<Rule>): Term {
    if (term.kind !== "cat") return term;
    const behind = cat(...term.items.slice(length));
    if (unrolledSize(behind, this.sizeOf) < minRest) return term;
    let known = this.rests.get(term);
    if (known === undefined) this.rests.set(term, (known = new Map()));
    let rest = known.get(length);
    if (rest === undefined) {
      const text = new TextDecoder().decode(leadingBytes(term).subarray(0, length));
      known.set(length, (rest = new Rule(`behind ${JSON.stringify(text)}`, behind)));
    }
    rests.add(rest);
    return cat(...term.items.slice(0, length), call(rest));
  }
}

/** The single bytes that `term` begins with, an item each. */
function leadingBytes(term: Term): Uint8Array {
  const found: number[] = [];
  for (const item of term.kind === "cat" ? term.items : [term]) {
    const bytes = item.kind === "bytes" ? bytesOf(item.set) : [];
    if (bytes.length !== 1) break;
    found.push(bytes[0]!);
  }
  return Uint8Array.from(found);
}

function sharedLength(a: Uint8Array | undefined, b: Uint8Array): number {
  let length = 0;
  while (a !== undefined && length < a.length && a[length] === b[length]) length++;
  return length;
}
