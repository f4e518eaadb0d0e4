// JSON Schema to a term whose words are the JSON texts of the valid instances, exactly. The pipeline:
//   1. read the schema, numbers as spelled         json-text.ts
//   2. index and check its subschemas              schema-graph.ts, check-keywords.ts, draft.ts
//   3. keywords → assertions                       keywords.ts
//   4. conjunctions of subschemas → normal form    normalise.ts, shapes.ts and the shapes of each type
//   5. normal form → rules and procedures          here, with object-, array-, number- and string-procedure.ts
// What can't be done exactly is refused with a pointer. Draft rules and what is refused: README.
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import type { Procedure } from "../term/procedure.ts";
import { alt, call, isProcedure, literal, Rule, type Term } from "../term/term.ts";
import { ArrayProcedure, type ItemChoice } from "./array-procedure.ts";
import { type ArrayShape, itemAt, keyOfArray } from "./array-shape.ts";
import { type Conjunction, Conjunctions } from "./conjunction.ts";
import { at, jsonOfValue, parseJsonText } from "./json-text.ts";
import { anyKey, countKeys, isEndless, type KeyAutomaton, keyAutomaton, listKeys } from "./key-automaton.ts";
import { conjunctionOf, type KeywordContext } from "./keywords.ts";
import { type Layout, layoutOf, type Whitespace } from "./layout.ts";
import { Normaliser } from "./normalise.ts";
import { joinNumbers, keyOfNumber, procedureOfNumber, separateMultiples } from "./number-shape.ts";
import { declaredKeys, type KeyValue, patternLanguages, valuesOfKey } from "./object-keys.ts";
import { type KeyChoice, ObjectProcedure } from "./object-procedure.ts";
import { keyOfObject, Layers, type ObjectShape } from "./object-shape.ts";
import { SchemaGraph } from "./schema-graph.ts";
import { isNothing, type Shapes } from "./shapes.ts";
import type { StringLanguages } from "./string-languages.ts";
import { stringProcedure } from "./string-procedure.ts";
import { anyString, keyOfString, type StringShape } from "./string-shape.ts";

export interface SchemaOptions {
  /** "any" (default): keys in any order. "schema": in the order of the schema, undeclared keys last. */
  readonly propertyOrder?: "any" | "schema" | undefined;
  /** "flexible" (default): up to 64 whitespace characters wherever JSON allows some, but none before or after the whole. */
  readonly whitespace?: Whitespace | undefined;
  /** "assert" (default): known formats are asserted. "annotate": none is. */
  readonly format?: "assert" | "annotate" | undefined;
  /** What a format that isn't known does: nothing (default), or an error. */
  readonly unknownFormat?: "annotate" | "refuse" | undefined;
  /** Only `false`: nothing is ever dropped. */
  readonly lenient?: boolean | undefined;
  readonly limits: Limits;
  /** The patterns and formats of schemas before, so that they aren't compiled again. */
  readonly languages: StringLanguages;
}

/**
 * The term of `schema`, a parsed value or (a string) its JSON text. Text keeps numbers and the order of keys as written.
 * @throws ConstraintError "syntax" for text that isn't JSON; "invalid" for a malformed schema or a reference to nothing,
 * "unsupported", "unsatisfiable" (each with a JSON Pointer); "limit".
 */
export function lowerSchema(schema: unknown, options: SchemaOptions): Term {
  const { limits } = options;
  if (options.lenient === true) throw new ConstraintError("unsupported", "The lenient mode isn't supported");
  const json = typeof schema === "string" ? parseJsonText(schema, limits) : jsonOfValue(schema, limits);
  const graph = new SchemaGraph(json, limits);
  const context: KeywordContext = {
    graph,
    conjunctions: new Conjunctions(),
    layers: new Layers(),
    languages: options.languages,
    limits,
    format: options.format ?? "assert",
    unknownFormat: options.unknownFormat ?? "annotate",
  };
  const layout = layoutOf(options.whitespace ?? "flexible");
  const lowering = new Lowering(context, options.propertyOrder === "schema");
  return lowering.lower(conjunctionOf(graph.root, context), layout);
}

interface Task {
  readonly rule: Rule;
  readonly conjunction: Conjunction;
  readonly layout: Layout;
}

/** Keys that a shape may tell apart by bits: what a set of obligations or of unique values may hold. */
const maxObligations = 16;
const maxUniqueValues = 30;
/** Undeclared keys that are told apart by name where they have to be. */
const maxListedKeys = 1000;

class Lowering {
  private readonly context: KeywordContext;
  private readonly normaliser: Normaliser;
  private readonly isOrdered: boolean;
  private readonly rules = new Map<string, Rule>();
  private readonly conjunctionOfRule = new Map<Rule, Conjunction>();
  private readonly procedures = new Map<string, Rule>();
  private readonly todo: Task[] = [];

  constructor(context: KeywordContext, isOrdered: boolean) {
    this.context = context;
    this.normaliser = new Normaliser(context);
    this.isOrdered = isOrdered;
  }

  lower(root: Conjunction, layout: Layout): Term {
    const rule = this.ruleOf(root, layout);
    const made: Rule[] = [];
    for (let task = this.todo.pop(); task !== undefined; task = this.todo.pop()) {
      task.rule.body = this.located(task.conjunction, () => this.body(task.conjunction, task.layout));
      made.push(task.rule);
      if (made.length > this.context.limits.maxTermNodes) {
        throw new ConstraintError(
          "limit",
          `The schema has more than ${this.context.limits.maxTermNodes} different places`,
        );
      }
    }
    this.refuseUnsatisfiable(rule, root, made);
    return call(rule);
  }

  private ruleOf(conjunction: Conjunction, layout: Layout): Rule {
    const key = `${conjunction.id} ${layout.key}`;
    let rule = this.rules.get(key);
    if (rule === undefined) {
      rule = new Rule(this.nameOf(conjunction));
      this.rules.set(key, rule);
      this.conjunctionOfRule.set(rule, conjunction);
      this.todo.push({ rule, conjunction, layout });
    }
    return rule;
  }

  private nameOf(conjunction: Conjunction): string {
    if (conjunction.isFalse) return "nothing";
    if (conjunction.literals.length === 0) return "any value";
    const { graph } = this.context;
    return conjunction.literals
      .map((each) => `${each & 1 ? "not " : ""}#${graph.node(each >> 1).pointer}`)
      .join(" and ");
  }

  private pointerOf(conjunction: Conjunction): string {
    const literal = conjunction.literals[conjunction.literals.length - 1];
    return literal === undefined ? "" : this.context.graph.node(literal >> 1).pointer;
  }

  /** Errors that don't know their place get that of the subschema. */
  private located<T>(conjunction: Conjunction, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ConstraintError) || error.location !== undefined) throw error;
      throw new ConstraintError(error.code, error.message, at(this.pointerOf(conjunction)));
    }
  }

  private body(conjunction: Conjunction, layout: Layout): Term {
    const shapes = this.normaliser.shapesOf(conjunction);
    const terms: Term[] = [];
    if (shapes.allowsNull) terms.push(literal("null"));
    if (shapes.allowsTrue) terms.push(literal("true"));
    if (shapes.allowsFalse) terms.push(literal("false"));
    const { limits } = this.context;
    const numbers = shapes.numbers.flatMap((shape) => separateMultiples(shape, limits));
    for (const shape of joinNumbers(numbers)) {
      terms.push(this.custom(`number ${keyOfNumber(shape)}`, () => procedureOfNumber(shape, limits)));
    }
    if (shapes.strings.length > 0) terms.push(...this.strings(shapes.strings));
    for (const shape of shapes.arrays) {
      terms.push(this.custom(`array ${layout.key} ${keyOfArray(shape)}`, () => this.array(shape, layout)));
    }
    for (const shape of shapes.objects) {
      terms.push(this.custom(`object ${layout.key} ${keyOfObject(shape)}`, () => this.object(shape, layout)));
    }
    return alt(...terms);
  }

  private custom(key: string, make: () => Procedure): Term {
    let rule = this.procedures.get(key);
    if (rule === undefined) {
      rule = new Rule(key, make());
      this.procedures.set(key, rule);
    }
    return call(rule);
  }

  private strings(shapes: readonly StringShape[]): Term[] {
    const { languages, limits } = this.context;
    const isPlain = (shape: StringShape) =>
      shape.min === 0 && shape.max === Number.POSITIVE_INFINITY && languages.isRegular(shape);
    const groups = shapes.filter((shape) => !isPlain(shape)).map((shape) => [shape]);
    const plain = shapes.filter(isPlain);
    if (plain.length > 0) groups.unshift(plain);
    return groups.map((group) =>
      this.custom(`string ${group.map(keyOfString).join()}`, () =>
        stringProcedure({ inner: languages.automaton(group), shapes: languages.runShapes }, limits),
      ),
    );
  }

  private array(shape: ArrayShape, layout: Layout): Procedure {
    const inner = layout.inner();
    if (shape.unique && shape.max > 1) return this.uniqueArray(shape, layout);
    const length = Math.max(shape.prefix.length, ...shape.contains.map((each) => each.from));
    const choices: ItemChoice[][] = [];
    for (let index = 0; index <= length; index++) {
      let values: { value: Conjunction; counts: number }[] = [{ value: itemAt(shape, index), counts: 0 }];
      shape.contains.forEach((each, i) => {
        if (index < each.from) return;
        values = values.flatMap(({ value, counts }) => {
          const { conjunctions } = this.context;
          const counted = { value: conjunctions.and(value, each.item), counts: counts | (1 << i) };
          const isBounded = each.max !== Number.POSITIVE_INFINITY;
          const negated = isBounded ? this.normaliser.negate(each.item) : conjunctions.true;
          return [counted, { value: conjunctions.and(value, negated), counts }];
        });
      });
      const possible = values.filter(({ value }) => !value.isFalse);
      choices.push(possible.map(({ value, counts }) => ({ rule: this.ruleOf(value, inner), counts, value: -1 })));
    }
    const { min, max, contains } = shape;
    return new ArrayProcedure({ min, max, choices, contains, unique: false }, layout, this.context.limits);
  }

  /** Unique items are told apart where there are finitely many: an enum, booleans. */
  private uniqueArray(shape: ArrayShape, layout: Layout): Procedure {
    if (shape.prefix.length > 0 || shape.contains.length > 0) {
      throw new ConstraintError("unsupported", "uniqueItems beside a list of items or contains isn't supported");
    }
    const values = this.finiteValues(this.normaliser.shapesOf(shape.rest));
    if (values === undefined || values.length > maxUniqueValues) {
      throw new ConstraintError(
        "unsupported",
        `uniqueItems is supported only for items with at most ${maxUniqueValues} scalar values`,
      );
    }
    const choices = values.map((term, value) => ({ rule: new Rule(`value ${value}`, term), counts: 0, value }));
    const { min, max } = shape;
    const spec = { min, max: Math.min(max, values.length), choices: [choices], contains: [], unique: true };
    return new ArrayProcedure(spec, layout, this.context.limits);
  }

  /** A term for each of the values, undefined where there may be infinitely many, or arrays or objects. */
  private finiteValues(shapes: Shapes): Term[] | undefined {
    const { allowsNull, allowsTrue, allowsFalse, strings, arrays, objects } = shapes;
    if (arrays.length > 0 || objects.length > 0) return undefined;
    const terms: Term[] = [];
    if (allowsNull) terms.push(literal("null"));
    if (allowsTrue) terms.push(literal("true"));
    if (allowsFalse) terms.push(literal("false"));
    for (const shape of shapes.numbers) {
      const { low, high } = shape;
      if (low === undefined || high === undefined || low.value !== high.value) return undefined;
      terms.push(this.custom(`number ${keyOfNumber(shape)}`, () => procedureOfNumber(shape, this.context.limits)));
    }
    const texts = new Set<string>();
    for (const { texts: own, languages } of strings) {
      if (own === undefined || languages.length > 0) return undefined;
      for (const text of own) texts.add(text);
    }
    for (const text of texts) terms.push(...this.strings([{ ...anyString, texts: [text] }]));
    return terms;
  }

  private object(shape: ObjectShape, layout: Layout): Procedure {
    const { languages, limits } = this.context;
    const inner = layout.inner();
    if (shape.violated.length > maxObligations) {
      throw new ConstraintError("limit", `More than ${maxObligations} negated objects in one place`);
    }
    if (shape.violated.length > 0 && shape.max !== Number.POSITIVE_INFINITY) {
      throw new ConstraintError("unsupported", "The negation of an object's keys beside maxProperties isn't supported");
    }
    if (shape.dependencies.length > 0 && shape.max !== Number.POSITIVE_INFINITY && shape.min > 0) {
      throw new ConstraintError(
        "unsupported",
        "dependencies beside both minProperties and maxProperties aren't supported",
      );
    }
    const toChoices = (values: readonly KeyValue[]): KeyChoice[] =>
      values.map(({ value, violates }) => ({ value: this.ruleOf(value, inner), satisfies: violates }));
    const names = this.nameAutomaton(shape.names);
    const patterns = patternLanguages(shape);
    const automaton =
      patterns.length === 0 && names === undefined
        ? anyKey
        : keyAutomaton(
            [languages.anyTextDfa(), ...(names === undefined ? [] : [names.dfa])],
            patterns.map((each) => languages.dfa(each)),
            limits,
          );
    const classChoices = automaton.classes.map((memberships) =>
      toChoices(valuesOfKey(shape, undefined, (language) => memberships[patterns.indexOf(language)]!, this.context)),
    );
    const keys = this.namedKeys(declaredKeys(shape), automaton, classChoices);
    const choices = keys.map((key) => {
      if (names !== undefined && !names.has(key)) return [];
      return toChoices(valuesOfKey(shape, key, (language) => languages.contains(language, key), this.context));
    });
    const indices = new Map(keys.map((key, index) => [key, index]));
    const needs: number[][] = keys.map(() => []);
    for (const each of shape.dependencies) {
      needs[indices.get(each.key)!]!.push(...each.needs.map((need) => indices.get(need)!));
    }
    return new ObjectProcedure(
      {
        keys,
        choices,
        required: shape.required.map((key) => indices.get(key)!),
        needs,
        automaton,
        classChoices,
        min: shape.min,
        max: shape.max,
        obligations: shape.violated.length,
        isOrdered: this.isOrdered,
        anyText: languages.anyTextLoops(),
        runShapes: languages.runShapes,
      },
      layout,
      limits,
    );
  }

  /** The declared keys, and those that may be used up before one of them has fulfilled an obligation: both are told apart by name. */
  private namedKeys(
    declared: readonly string[],
    automaton: KeyAutomaton,
    classChoices: readonly (readonly KeyChoice[])[],
  ): readonly string[] {
    const { limits } = this.context;
    const counts = classChoices.map((choices, keyClass) =>
      automaton !== anyKey && choices.some((choice) => choice.satisfies !== 0)
        ? countKeys(automaton, (other) => other === keyClass)[automaton.start]!
        : 0,
    );
    const isScarce = (keyClass: number) => counts[keyClass]! > 0 && !isEndless(counts[keyClass]!, limits);
    const total = counts.reduce((sum, count, keyClass) => (isScarce(keyClass) ? sum + count : sum), 0);
    if (total > maxListedKeys) {
      throw new ConstraintError("unsupported", `The negation of ${total} keys of an object isn't supported`);
    }
    if (total === 0) return declared;
    const keys = [...new Set([...declared, ...listKeys(automaton, isScarce)])];
    if (this.isOrdered && keys.length > declared.length) {
      throw new ConstraintError("unsupported", "The negation of undeclared keys isn't supported in the schema's order");
    }
    return keys;
  }

  /** The keys that propertyNames allows. */
  private nameAutomaton(names: Conjunction) {
    const { languages } = this.context;
    if (names.literals.length === 0 && !names.isFalse) return undefined;
    const dfa = languages.textsOf(this.normaliser.shapesOf(names).strings);
    return { dfa, has: (key: string) => languages.accepts(dfa, key) };
  }

  /** Throws "unsatisfiable", with the innermost place that is the cause, where `root` has no word. */
  private refuseUnsatisfiable(root: Rule, conjunction: Conjunction, made: readonly Rule[]): void {
    const all = [...made, ...this.procedures.values()].reverse();
    const productive = new Set<Rule>();
    const isProductive = (rule: Rule) =>
      productive.has(rule) || (!this.conjunctionOfRule.has(rule) && completes(rule.body, isProductive));
    for (let grew = true; grew; ) {
      grew = false;
      for (const rule of all) {
        if (productive.has(rule) || !completes(rule.body, isProductive)) continue;
        productive.add(rule);
        grew = true;
      }
    }
    if (productive.has(root)) return;
    const place = this.causeOf(conjunction, new Set());
    throw new ConstraintError("unsatisfiable", "No value satisfies the schema here", at(place));
  }

  private causeOf(conjunction: Conjunction, visited: Set<Conjunction>): string {
    visited.add(conjunction);
    const shapes = this.normaliser.shapesOf(conjunction);
    const here = this.pointerOf(conjunction);
    if (isNothing(shapes) || shapes.objects.length !== 1 || visited.size > this.context.limits.maxDepth) return here;
    const shape = shapes.objects[0]!;
    for (const key of shape.required) {
      const isIn = (language: string) => this.context.languages.contains(language, key);
      const values = valuesOfKey(shape, key, isIn, this.context);
      if (values.length === 0) return here;
      const value = values[0]!.value;
      if (values.length === 1 && !visited.has(value) && isNothing(this.normaliser.shapesOf(value))) {
        return this.causeOf(value, visited);
      }
    }
    return here;
  }
}

/** Has `body` a word, if the rules that `isProductive` says have one? Only the terms that are built here. */
function completes(body: Term | Procedure | undefined, isProductive: (rule: Rule) => boolean): boolean {
  if (body === undefined) return false;
  if (isProcedure(body)) return body.canComplete(isProductive);
  switch (body.kind) {
    case "empty":
      return false;
    case "call":
      return isProductive(body.rule);
    case "alt":
      return body.items.some((item) => completes(item, isProductive));
    default:
      return true;
  }
}
