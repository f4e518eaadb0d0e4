// Terms as procedures that are determinised while they are read, where a DFA is over the budget.
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { buildTermNfa, callsPutIn, noTokens } from "./dfa.ts";
import { LazyDfaProcedure } from "./lazy-dfa-procedure.ts";
import type { CallPolicy } from "./nfa.ts";
import { ComplementOperand, type Operand } from "./operand.ts";
import type { Procedure } from "./procedure.ts";
import { ProductProcedure } from "./product-procedure.ts";
import { bytes, repeat, type Term } from "./term.ts";

const anyBytes = repeat(bytes(new Uint32Array(8).fill(0xffffffff)), 0, Number.POSITIVE_INFINITY);

/** Throws "limit" where an NFA is over the budget, or a DFA of an And or a Not that is only a part of `term`. */
export function lazyProcedure(term: Term, limits: Limits, calls: CallPolicy): Procedure & Operand {
  return term.kind === "and" || term.kind === "not"
    ? lazyProduct(conjuncts(term), limits, callsPutIn(calls))
    : new LazyDfaProcedure(buildTermNfa(term, limits, calls), limits);
}

function lazyProduct(items: readonly Term[], limits: Limits, calls: CallPolicy): Procedure & Operand {
  const read = (item: Term): LazyDfaProcedure => {
    const nfa = buildTermNfa(item, limits, calls);
    if (nfa.symbols.length > 0) throw noTokens();
    return new LazyDfaProcedure(nfa, limits);
  };
  const sides: LazyDfaProcedure[] = [];
  const complements: ComplementOperand[] = [];
  for (const item of items) {
    const side = item.kind === "not" ? orNull(() => read(item)) : read(item);
    if (side !== null) sides.push(side);
    else if (item.kind === "not") complements.push(new ComplementOperand(lazyProcedure(item.item, limits, calls)));
  }
  // Small ones first: what they exclude together, the search beside a large one needn't find out again and again.
  sides.sort((a, b) => a.size - b.size);
  const [first = read(anyBytes), ...others] = sides;
  return [...others, ...complements].reduce<Procedure & Operand>((left, right) => {
    const product = new ProductProcedure(left, right, limits);
    calls.islands.spend(product.size);
    return product;
  }, first);
}

function conjuncts(term: Term): Term[] {
  return term.kind === "and" ? term.items.flatMap(conjuncts) : [term];
}

/** What `make` makes, or null where that is over a budget. */
export function orNull<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof ConstraintError && error.code === "limit") return null;
    throw error;
  }
}
