// Boolean formulas over numbered atoms, in disjunctive normal form with absorption and interned, so that equal
// formulas are equal numbers and there are finitely many over finitely many atoms: what makes derivatives with
// lookarounds end.

/** A formula's number. */
export type Formula = number;

/** Atom a is the literal a, its negation −a; atoms are ≥ 1. */
type Clause = readonly number[];

export const falsehood: Formula = 0;
export const truth: Formula = 1;

/** Keeps formulas; `tooLarge` is called (and must throw) when one gets more than `maxClauses` clauses. */
export class FormulaStore {
  readonly #formulas: (readonly Clause[])[] = [[], [[]]];
  readonly #ids = new Map<string, Formula>([
    ["", falsehood],
    ["()", truth],
  ]);
  readonly #maxClauses: number;
  readonly #tooLarge: () => never;

  constructor(maxClauses: number, tooLarge: () => never) {
    this.#maxClauses = maxClauses;
    this.#tooLarge = tooLarge;
  }

  atom(atom: number): Formula {
    return this.#intern([[atom]]);
  }

  or(a: Formula, b: Formula): Formula {
    if (a === b || b === falsehood || a === truth) return a;
    if (a === falsehood || b === truth) return b;
    return this.#intern([...this.#formulas[a]!, ...this.#formulas[b]!]);
  }

  and(a: Formula, b: Formula): Formula {
    if (a === b || b === truth || a === falsehood) return a;
    if (a === truth || b === falsehood) return b;
    const clauses: Clause[] = [];
    for (const left of this.#formulas[a]!) {
      for (const right of this.#formulas[b]!) {
        const literals = new Set([...left, ...right]);
        if (![...literals].some((literal) => literals.has(-literal))) clauses.push([...literals].sort(byValue));
        if (clauses.length > this.#maxClauses ** 2) this.#tooLarge();
      }
    }
    return this.#intern(clauses);
  }

  not(a: Formula): Formula {
    let negation = truth;
    for (const clause of this.#formulas[a]!) {
      let oneFails = falsehood;
      for (const literal of clause) oneFails = this.or(oneFails, this.#intern([[-literal]]));
      negation = this.and(negation, oneFails);
    }
    return negation;
  }

  /** The formula with `replacement(atom)` in place of each atom. */
  substitute(a: Formula, replacement: (atom: number) => Formula): Formula {
    let result = falsehood;
    for (const clause of this.#formulas[a]!) {
      let conjunction = truth;
      for (const literal of clause) {
        if (conjunction === falsehood) break;
        const formula = replacement(Math.abs(literal));
        conjunction = this.and(conjunction, literal > 0 ? formula : this.not(formula));
      }
      result = this.or(result, conjunction);
    }
    return result;
  }

  #intern(clauses: readonly Clause[]): Formula {
    const minimal = absorb(clauses);
    if (minimal.length > this.#maxClauses) this.#tooLarge();
    const key = minimal.map((clause) => `(${clause.join()})`).join("");
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#formulas.push(minimal) - 1;
    this.#ids.set(key, id);
    return id;
  }
}

/** Without clauses that another one implies, in an order of their own. */
function absorb(clauses: readonly Clause[]): Clause[] {
  const kept: Clause[] = [];
  for (const clause of clauses.toSorted((a, b) => a.length - b.length || byContent(a, b))) {
    if (!kept.some((other) => other.every((literal) => clause.includes(literal)))) kept.push(clause);
  }
  return kept;
}

function byContent(a: Clause, b: Clause): number {
  const i = a.findIndex((literal, at) => literal !== b[at]);
  return i < 0 ? 0 : a[i]! - b[i]!;
}

function byValue(a: number, b: number): number {
  return a - b;
}
