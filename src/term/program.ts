// A constraint made ready to run: every rule that can be reached becomes a procedure. The passes, in order:
//   1. collect the rules            2. which are productive (have a word), which nullable (have the empty word): fixpoints
//   3. move large counts and intersections out, put small non-recursive rules into their callers, part choices between many
//      where a body would be too large, and compile each body
//   4. order the rules by who calls whom before a byte is read; left-recursive ones form components, entered as one
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { compileDfa } from "./dfa.ts";
import { IslandBudget } from "./island-budget.ts";
import { closeMembers } from "./least-fixpoint.ts";
import type { CallPolicy } from "./nfa.ts";
import { AlternativesParter } from "./part-alternatives.ts";
import type { Procedure } from "./procedure.ts";
import { stronglyConnected } from "./strongly-connected.ts";
import { isProcedure, Rule, type Term } from "./term.ts";
import { outline, outlineBoolean, rulesOf, termProcedure, unrolledSize } from "./term-procedure.ts";

/** Non-recursive rules of at most this many nodes are put into their callers, so that islands are maximal. */
const maxInlineSize = 512;

/** Rules by number; number 0 is the root. */
export interface Program {
  readonly procedures: readonly Procedure[];
  readonly names: readonly string[];
  readonly ruleIds: ReadonlyMap<Rule, number>;
  /**
   * The rules, grouped: at one position, a rule is only ever called by rules of its own group or an earlier one, or by states that have
   * read a byte. Rules of a group can all call each other (themselves) before they read a byte: they are left-recursive.
   */
  readonly components: readonly (readonly number[])[];
  /** Does the constraint hold the empty text? */
  readonly isNullable: boolean;
}

/**
 * Throws a ConstraintError: "unsatisfiable" when there is no word, "limit" over a budget, "unsupported" for recursion under And or
 * Not, "invalid" for a rule without a body. Cost: about linear in the term, but for determinisation (see `compileDfa`).
 */
export function compileProgram(term: Term, limits: Limits): Program {
  return new ProgramCompiler(limits).compile(term);
}

class ProgramCompiler {
  private readonly limits: Limits;
  private readonly bodies = new Map<Rule, Term | Procedure>();
  private readonly recursive = new Set<Rule>();
  private readonly calleesFirst: Rule[] = [];
  private readonly productive = new Set<Rule>();
  private readonly nullable = new Set<Rule>();
  private readonly inlineSizes = new Map<Rule, number>();
  private readonly outlined = new Map<Rule, Term>();
  private readonly isProductive = (rule: Rule): boolean => this.productive.has(rule);
  private readonly isNullable = (rule: Rule): boolean => this.nullable.has(rule);
  /** Of a call's rule put in its place, even where it is too large for that; 1 where it can't be. */
  private readonly sizeInPlace = (rule: Rule): number => {
    const size = this.inlineSize(rule);
    return size === Infinity ? 1 : size;
  };
  private readonly calls: CallPolicy;
  private readonly parter = new AlternativesParter((rule) => this.outline(rule), this.sizeInPlace);

  constructor(limits: Limits) {
    this.limits = limits;
    this.calls = {
      inline: (rule) => this.inline(rule),
      inlineRegular: (rule) => this.inlineRegular(rule),
      booleans: new Map(),
      lazyBooleans: new Map(),
      islands: new IslandBudget(limits),
      isProductive: this.isProductive,
      isNullable: this.isNullable,
    };
  }

  compile(term: Term): Program {
    const root = new Rule("the constraint", term);
    this.settle(this.collect([root]));
    if (!this.productive.has(root)) {
      throw new ConstraintError("unsatisfiable", "no text at all satisfies the constraint");
    }
    return this.link(root);
  }

  /** The rules that are new, callees before callers where that can be. */
  private collect(roots: readonly Rule[]): Rule[] {
    const todo = [...roots];
    const found: Rule[] = [];
    let nodes = 0;
    for (let rule = todo.pop(); rule !== undefined; rule = todo.pop()) {
      if (this.bodies.has(rule)) continue;
      const { body } = rule;
      if (body === undefined) throw new ConstraintError("invalid", `rule '${rule.name}' has no body`);
      this.bodies.set(rule, body);
      found.push(rule);
      nodes += isProcedure(body) ? 1 : termNodes(body, this.limits.maxTermNodes);
      if (nodes > this.limits.maxTermNodes) {
        throw new ConstraintError(
          "limit",
          `the constraint has more than ${this.limits.maxTermNodes} nodes (limits.maxTermNodes)`,
        );
      }
      todo.push(...rulesOf(body));
    }
    const edges = new Map(found.map((rule) => [rule, [...rulesOf(this.bodies.get(rule)!)]]));
    const calleesFirst: Rule[] = [];
    for (const component of stronglyConnected(found, (rule) => edges.get(rule) ?? [])) {
      for (const rule of component) calleesFirst.push(rule);
      const first = component[0]!;
      if (component.length > 1 || edges.get(first)?.includes(first))
        for (const rule of component) this.recursive.add(rule);
    }
    for (const rule of calleesFirst) this.calleesFirst.push(rule);
    return calleesFirst;
  }

  /** The fixpoints: which rules have a word, which the empty one. */
  private settle(rules: readonly Rule[]): void {
    closeMembers(rules, this.productive, (rule, isMember) => this.completes(this.bodies.get(rule)!, isMember));
    closeMembers(rules, this.nullable, (rule, isMember) => isNullableBody(this.bodies.get(rule)!, isMember));
  }

  private completes(body: Term | Procedure, isMember: (rule: Rule) => boolean): boolean {
    if (isProcedure(body)) return body.canComplete(isMember);
    switch (body.kind) {
      case "empty":
        return false;
      case "cat":
        return body.items.every((item) => this.completes(item, isMember));
      case "alt":
        return body.items.some((item) => this.completes(item, isMember));
      case "repeat":
        return body.min === 0 || this.completes(body.item, isMember);
      case "call":
        return isMember(body.rule);
      case "and":
      case "not": {
        // What these call isn't recursive, so it is settled.
        const outlined = outlineBoolean(body, this.limits, this.calls);
        return outlined.kind === "call"
          ? this.completes(outlined.rule.body!, isMember)
          : compileDfa(outlined, this.limits, this.calls).start !== 0;
      }
      default:
        return true;
    }
  }

  private inlineRegular(rule: Rule): Term | undefined {
    const body = this.bodies.get(rule) ?? rule.body;
    return body === undefined || isProcedure(body) || this.recursive.has(rule) ? undefined : body;
  }

  private inline(rule: Rule): Term | undefined {
    return this.inlineSize(rule) <= maxInlineSize ? this.outline(rule) : undefined;
  }

  private outline(rule: Rule): Term | undefined {
    const body = this.inlineRegular(rule);
    if (body === undefined) return undefined;
    return this.outlineBody(rule, body);
  }

  private outlineBody(rule: Rule, body: Term): Term {
    let outlined = this.outlined.get(rule);
    if (outlined === undefined) {
      outlined = outline(body, this.limits, this.calls);
      this.outlined.set(rule, outlined);
      const fresh = [...rulesOf(outlined)].filter((each) => !this.bodies.has(each));
      this.settle(this.collect(fresh));
    }
    return outlined;
  }

  private inlineSize(rule: Rule): number {
    let size = this.inlineSizes.get(rule);
    if (size === undefined) {
      const body = this.outline(rule);
      size =
        body === undefined
          ? Infinity
          : unrolledSize(body, (each) => {
              const inner = this.inlineSize(each);
              return inner <= maxInlineSize ? inner : 1;
            });
      this.inlineSizes.set(rule, size);
    }
    return size;
  }

  private link(root: Rule): Program {
    const ruleIds = new Map<Rule, number>();
    const procedures: Procedure[] = [];
    const todo: Rule[] = [];
    const number = (rule: Rule): void => {
      if (ruleIds.has(rule)) return;
      ruleIds.set(rule, ruleIds.size);
      todo.push(rule);
    };
    number(root);
    // In this order, what is put into what is asked one level deep, however long the chain of rules is.
    for (const rule of this.calleesFirst) this.inlineSize(rule);
    for (let i = 0; i < todo.length; i++) {
      const rule = todo[i]!;
      const procedure = this.procedureOf(rule);
      procedures.push(procedure);
      for (const called of procedure.rules) if (this.productive.has(called)) number(called);
    }
    return {
      procedures,
      names: todo.map((rule) => rule.name),
      ruleIds,
      components: orderRules(procedures, ruleIds),
      isNullable: this.nullable.has(root),
    };
  }

  private procedureOf(rule: Rule): Procedure {
    const body = this.bodies.get(rule)!;
    if (isProcedure(body)) {
      body.bind(this.isProductive, this.isNullable);
      return body;
    }
    const outlined = this.outlineBody(rule, body);
    const isLarge = unrolledSize(outlined, this.sizeInPlace) > this.limits.maxIslandStates;
    return termProcedure(isLarge ? this.parted(outlined) : outlined, this.limits, this.calls);
  }

  /** An outlined body whose choices between many call what is behind the bytes by which they part. */
  private parted(body: Term): Term {
    const { term, rests } = this.parter.part(body);
    for (const rest of rests) {
      if (this.bodies.has(rest)) continue;
      this.inlineSizes.set(rest, Infinity);
      this.outlined.set(rest, rest.body as Term);
      this.settle(this.collect([rest]));
    }
    return term;
  }
}

function termNodes(term: Term, most: number): number {
  const todo: Term[] = [term];
  let nodes = 0;
  for (let at = todo.pop(); at !== undefined && nodes <= most; at = todo.pop()) {
    nodes++;
    if ("items" in at) for (const item of at.items) todo.push(item);
    else if ("item" in at) todo.push(at.item);
    else if (at.kind === "words") nodes += at.words.length;
  }
  return nodes;
}

function isNullableBody(body: Term | Procedure, nullable: (rule: Rule) => boolean): boolean {
  return isProcedure(body) ? body.isNullable(nullable) : isNullableTerm(body, nullable);
}

/** Can `term` be the empty word, if just those rules can? */
function isNullableTerm(term: Term, nullable: (rule: Rule) => boolean): boolean {
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

function orderRules(procedures: readonly Procedure[], ruleIds: ReadonlyMap<Rule, number>): number[][] {
  const leftCalls = procedures.map((procedure) =>
    procedure.calls(procedure.start).map((each) => ruleIds.get(each.rule)!),
  );
  return stronglyConnected([...leftCalls.keys()], (id) => leftCalls[id]!).reverse();
}
