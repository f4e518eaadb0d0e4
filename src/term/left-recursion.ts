// Left recursion goes before running: a rule that can call itself before reading a byte (directly, through others, behind
// prefixes that may be empty) would make the stack grow without input. Method: per strongly connected component of the
// left-call graph, without empty words, A = A·M + β as a matrix equation over terms, whose least solution is
// A = β·N*·(M′·N*)*, where N says which entries of M are nullable and M′ is M without empty words (the matrix method of
// Rosenkrantz, "Matrix equations and normal forms for context-free grammars", 1967). The new rules are right-recursive, and at most n² for n rules.
import { ConstraintError } from "../base/errors.ts";
import type { Procedure } from "./procedure.ts";
import {
  alt,
  and,
  call,
  cat,
  empty,
  epsilon,
  isProcedure,
  not,
  optional,
  Rule,
  repeat,
  type Term,
  words,
} from "./term.ts";

/** What the passes need to know of a grammar; none of its rules is ever changed. */
export interface Grammar {
  bodyOf(rule: Rule): Term | Procedure;
  isNullable(rule: Rule): boolean;
  isProductive(rule: Rule): boolean;
}

/** Can `term` be the empty word, if just those rules can? */
export function isNullableTerm(term: Term, nullable: (rule: Rule) => boolean): boolean {
  switch (term.kind) {
    case "epsilon":
      return true;
    case "empty":
    case "bytes":
    case "token":
      return false;
    case "words":
      return term.words[0]!.length === 0;
    case "cat":
    case "and":
      return term.items.every((item) => isNullableTerm(item, nullable));
    case "alt":
      return term.items.some((item) => isNullableTerm(item, nullable));
    case "repeat":
      return term.min === 0 || isNullableTerm(term.item, nullable);
    case "not":
      return !isNullableTerm(term.item, nullable);
    case "call":
      return nullable(term.rule);
  }
}

/**
 * Bodies for the left-recursive rules among `rules` (and for rules made on the way) that aren't left-recursive; rules not
 * in the result stay as they are. Throws a ConstraintError of code "unsupported" where a custom term takes part in left recursion.
 */
export function removeLeftRecursion(rules: readonly Rule[], grammar: Grammar): Map<Rule, Term> {
  const components = leftRecursiveComponents(rules, grammar);
  if (components.length === 0) return new Map();
  const rewriter = new Rewriter(grammar, components);
  for (const component of components) rewriter.rewrite(component);
  return rewriter.finish();
}

/** The rules that `term` can call before any byte is read. */
export function addLeftCalls(term: Term, nullable: (rule: Rule) => boolean, out: Set<Rule>): void {
  switch (term.kind) {
    case "cat":
      for (const item of term.items) {
        addLeftCalls(item, nullable, out);
        if (!isNullableTerm(item, nullable)) return;
      }
      return;
    case "alt":
      for (const item of term.items) addLeftCalls(item, nullable, out);
      return;
    case "repeat":
      addLeftCalls(term.item, nullable, out);
      return;
    case "call":
      out.add(term.rule);
  }
}

function leftRecursiveComponents(rules: readonly Rule[], grammar: Grammar): Rule[][] {
  const leftCalls = new Map<Rule, Rule[]>();
  for (const rule of rules) {
    const body = grammar.bodyOf(rule);
    const out = new Set<Rule>();
    if (!isProcedure(body)) addLeftCalls(body, (each) => grammar.isNullable(each), out);
    leftCalls.set(
      rule,
      [...out].filter((each) => grammar.isProductive(each)),
    );
  }
  return stronglyConnected(rules, (rule) => leftCalls.get(rule)!).filter(
    (component) => component.length > 1 || leftCalls.get(component[0]!)!.includes(component[0]!),
  );
}

/** Strongly connected components (Tarjan), callees before callers. Iterative: grammars may be deep. */
export function stronglyConnected<T>(nodes: readonly T[], edges: (node: T) => readonly T[]): T[][] {
  const index = new Map<T, number>();
  const low = new Map<T, number>();
  const open: T[] = [];
  const isOpen = new Set<T>();
  const components: T[][] = [];
  for (const root of nodes) {
    if (index.has(root)) continue;
    const path: { node: T; targets: readonly T[]; at: number }[] = [];
    const enter = (node: T): void => {
      index.set(node, index.size);
      low.set(node, index.get(node)!);
      open.push(node);
      isOpen.add(node);
      path.push({ node, targets: edges(node), at: 0 });
    };
    enter(root);
    while (path.length > 0) {
      const frame = path[path.length - 1]!;
      if (frame.at < frame.targets.length) {
        const to = frame.targets[frame.at++]!;
        if (!index.has(to)) enter(to);
        else if (isOpen.has(to)) low.set(frame.node, Math.min(low.get(frame.node)!, index.get(to)!));
        continue;
      }
      path.pop();
      const parent = path[path.length - 1]?.node;
      if (parent !== undefined) low.set(parent, Math.min(low.get(parent)!, low.get(frame.node)!));
      if (low.get(frame.node) !== index.get(frame.node)) continue;
      const component = open.splice(open.lastIndexOf(frame.node));
      for (const node of component) isOpen.delete(node);
      components.push(component);
    }
  }
  return components;
}

/** A term without its empty word, by what it starts with: calls to the component's rules, or something else. */
interface Split {
  readonly left: Map<Rule, Term>;
  rest: Term;
}

class Rewriter {
  private readonly grammar: Grammar;
  private readonly recursive: ReadonlySet<Rule>;
  private readonly bodies = new Map<Rule, Term>();
  private readonly nonEmptyRules = new Map<Rule, Rule>();
  private readonly pending: Rule[] = [];
  private readonly nullable = (rule: Rule): boolean => this.grammar.isNullable(rule);

  constructor(grammar: Grammar, components: readonly (readonly Rule[])[]) {
    this.grammar = grammar;
    this.recursive = new Set(components.flat());
  }

  rewrite(component: readonly Rule[]): void {
    const splits = component.map((rule) => this.split(this.termOf(rule), new Set(component)));
    const size = component.length;
    const entries = (make: (from: number, to: number) => Term): Term[][] =>
      component.map((_, from) => component.map((__, to) => make(from, to)));
    // M[j][i]: what follows A_j where A_i starts with A_j.
    const matrix = entries((j, i) => splits[i]!.left.get(component[j]!) ?? empty);
    const passes = reflexiveClosure(matrix.map((row) => row.map((entry) => isNullableTerm(entry, this.nullable))));
    const nonEmpty = matrix.map((row) => row.map((entry) => this.withoutEmpty(entry)));
    const sumOver = (terms: (m: number) => Term, to: number): Term =>
      alt(...component.map((_, m) => (passes[m]![to]! ? terms(m) : empty)));
    const step = entries((j, l) => sumOver((m) => nonEmpty[j]![m]!, l));
    const reach = reflexiveClosure(step.map((row) => row.map((entry) => entry.kind !== "empty")));

    const loops = new Map<number, Rule>();
    const loop = (from: number, to: number): Rule => {
      const key = from * size + to;
      let rule = loops.get(key);
      if (rule === undefined) {
        rule = new Rule(`${component[from]!.name}…${component[to]!.name}`);
        loops.set(key, rule);
        const ways = component.map((_, l) =>
          reach[l]![to]! && step[from]![l]!.kind !== "empty" ? cat(step[from]![l]!, call(loop(l, to))) : empty,
        );
        this.bodies.set(rule, alt(...(from === to ? [epsilon] : []), ...ways));
      }
      return rule;
    };
    component.forEach((rule, i) => {
      const starts = component.map((_, j) =>
        reach[j]![i]!
          ? cat(
              sumOver((m) => splits[m]!.rest, j),
              call(loop(j, i)),
            )
          : empty,
      );
      const nonEmptyRule = this.nonEmptyRule(rule);
      this.bodies.set(nonEmptyRule, alt(...starts));
      this.bodies.set(rule, this.nullable(rule) ? optional(call(nonEmptyRule)) : call(nonEmptyRule));
    });
  }

  finish(): Map<Rule, Term> {
    for (let rule = this.pending.pop(); rule !== undefined; rule = this.pending.pop()) {
      this.bodies.set(this.nonEmptyRule(rule), this.withoutEmpty(this.termOf(rule)));
    }
    return this.bodies;
  }

  private termOf(rule: Rule): Term {
    const body = this.grammar.bodyOf(rule);
    if (isProcedure(body)) {
      throw new ConstraintError(
        "unsupported",
        `'${rule.name}' takes part in left recursion, which a custom term can't`,
      );
    }
    return body;
  }

  /** The rule of `rule`'s words but the empty one. */
  private nonEmptyRule(rule: Rule): Rule {
    let made = this.nonEmptyRules.get(rule);
    if (made === undefined) {
      made = new Rule(`${rule.name}⁺`);
      this.nonEmptyRules.set(rule, made);
      if (!this.recursive.has(rule)) this.pending.push(rule);
    }
    return made;
  }

  private withoutEmpty(term: Term): Term {
    return this.split(term, noRules).rest;
  }

  private split(term: Term, component: ReadonlySet<Rule>): Split {
    switch (term.kind) {
      case "empty":
      case "epsilon":
        return { left: new Map(), rest: empty };
      case "bytes":
      case "token":
        return { left: new Map(), rest: term };
      case "words":
        return { left: new Map(), rest: words(term.words.filter((word) => word.length > 0)) };
      case "and":
      case "not":
        return { left: new Map(), rest: isNullableTerm(term, this.nullable) ? and(term, not(epsilon)) : term };
      case "call":
        if (component.has(term.rule)) return { left: new Map([[term.rule, epsilon]]), rest: empty };
        if (this.recursive.has(term.rule) || this.nullable(term.rule)) {
          return { left: new Map(), rest: call(this.nonEmptyRule(term.rule)) };
        }
        return { left: new Map(), rest: term };
      case "alt": {
        const sum: Split = { left: new Map(), rest: empty };
        for (const item of term.items) add(sum, this.split(item, component), epsilon);
        return sum;
      }
      case "cat": {
        const sum: Split = { left: new Map(), rest: empty };
        for (let i = 0; i < term.items.length; i++) {
          add(sum, this.split(term.items[i]!, component), cat(...term.items.slice(i + 1)));
          if (!isNullableTerm(term.items[i]!, this.nullable)) break;
        }
        return sum;
      }
      case "repeat": {
        const sum: Split = { left: new Map(), rest: empty };
        const min = isNullableTerm(term.item, this.nullable) ? 0 : Math.max(term.min - 1, 0);
        add(sum, this.split(term.item, component), repeat(term.item, min, term.max - 1));
        return sum;
      }
    }
  }
}

const noRules: ReadonlySet<Rule> = new Set();

/** Adds `part`, each of its ways followed by `then`. */
function add(sum: Split, part: Split, then: Term): void {
  for (const [rule, after] of part.left) sum.left.set(rule, alt(sum.left.get(rule) ?? empty, cat(after, then)));
  sum.rest = alt(sum.rest, cat(part.rest, then));
}

function reflexiveClosure(matrix: readonly (readonly boolean[])[]): boolean[][] {
  const closed = matrix.map((row, i) => row.map((entry, j) => entry || i === j));
  for (let via = 0; via < closed.length; via++) {
    for (const row of closed) {
      if (!row[via]) continue;
      for (let to = 0; to < row.length; to++) row[to] ||= closed[via]![to]!;
    }
  }
  return closed;
}
