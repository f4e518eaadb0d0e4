// JSON Schema to a term whose words are the JSON texts of the valid instances, exactly. The pipeline:
//   1. read the schema, numbers as spelled         json-text.ts
//   2. index and check its subschemas              schema-graph.ts, schema-documents.ts, check-keywords.ts, draft.ts; strict-subset.ts
//   3. keywords → assertions                       keywords.ts
//   4. conjunctions of subschemas → normal form    normalise.ts, shapes.ts and the shapes of each type
//   5. normal form → rules and procedures          here, with object-, array-, number- and string-procedure.ts
// What can't be done exactly is refused with a pointer. Draft rules and what is refused: README.
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { ByteAutomaton } from "../term/byte-automaton.ts";
import { closeMembers } from "../term/least-fixpoint.ts";
import type { Procedure } from "../term/procedure.ts";
import { compileProgram } from "../term/program.ts";
import { alt, call, isProcedure, literal, Rule, type Term } from "../term/term.ts";
import type { ItemChoice } from "./arrays/array-places.ts";
import { ArrayProcedure } from "./arrays/array-procedure.ts";
import { SharedAutomata } from "./arrays/item-automata.ts";
import { UniqueArrayProcedure } from "./arrays/unique-array-procedure.ts";
import { hasMoreValues } from "./arrays/value-count.ts";
import type { DroppedKeyword } from "./keywords/dropped-keywords.ts";
import { EqualSubschemas } from "./keywords/equal-subschemas.ts";
import { Evaluations } from "./keywords/evaluations.ts";
import { conjunctionOf, type KeywordContext } from "./keywords/keywords.ts";
import { lowerLeniently } from "./keywords/lenient.ts";
import { type Layout, layoutOf, type Whitespace } from "./layout.ts";
import { groupBreaches } from "./objects/breach-groups.ts";
import type { KeyAutomaton } from "./objects/key-automaton.ts";
import {
  declaredKeys,
  type KeyMembership,
  type KeyValue,
  patternLanguages,
  valueOfKey,
  valuesOfKey,
} from "./objects/object-keys.ts";
import { type KeyChoice, ObjectProcedure } from "./objects/object-procedure.ts";
import { joinClasses, scarceKeys, UndeclaredKeys } from "./objects/undeclared-keys.ts";
import { at, jsonOfValue, parseJsonText } from "./reading/json-text.ts";
import type { PassedDocuments } from "./reading/schema-documents.ts";
import { SchemaGraph } from "./reading/schema-graph.ts";
import { checkStrictSubset } from "./reading/strict-subset.ts";
import { type ArrayShape, itemAt, keyOfArray } from "./shapes/array-shape.ts";
import { type Conjunction, Conjunctions } from "./shapes/conjunction.ts";
import { LoweringWork, stepsOfItem, stepsOfJointPlace } from "./shapes/lowering-work.ts";
import { mergeLists, sortById } from "./shapes/merge-lists.ts";
import { Normaliser } from "./shapes/normalise.ts";
import { joinNumbers, keyOfNumber, procedureOfNumber, separateMultiples } from "./shapes/number-shape.ts";
import { anyObject, keyOfObject, Layers, type ObjectShape } from "./shapes/object-shape.ts";
import { isNothing, type Shapes } from "./shapes/shapes.ts";
import { anyString, keyOfString, type StringShape } from "./shapes/string-shape.ts";
import type { StringLanguages } from "./strings/string-languages.ts";
import { stringProcedure } from "./strings/string-procedure.ts";

export interface SchemaOptions {
  /** "any": keys in any order. "schema": in the order of the schema, undeclared keys last. Default: "any", with `strict` "schema". */
  readonly propertyOrder?: "any" | "schema" | undefined;
  /** "flexible" (default): up to 64 whitespace characters wherever JSON allows some, but none before or after the whole. */
  readonly whitespace?: Whitespace | undefined;
  /** "assert" (default): known formats are asserted. "annotate": none is, unless the schema's own dialect requires it. */
  readonly format?: "assert" | "annotate" | undefined;
  /** What a format that isn't known does: nothing (default), or an error. */
  readonly unknownFormat?: "annotate" | "refuse" | undefined;
  /**
   * What references may lead to beside the schema itself, and metaschemas of dialects of its own: by absolute URI, each a parsed value or its JSON
   * text. Nothing is fetched. The places of errors in them begin with the URI: `https://example.com/a.json#/type`.
   */
  readonly documents?: PassedDocuments | undefined;
  /** Refuse a schema outside the subset of OpenAI's Structured Outputs: see strict-subset.ts. Default false. */
  readonly strict?: boolean | undefined;
  /** False (default): what can't be enforced exactly is an error. True: it is left out, and listed; all else is enforced. */
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
export function lowerSchema(schema: unknown, options: SchemaOptions): LoweredSchema {
  const { result, dropped } = lowerSchemaWith(schema, options, (lowering, root, layout) => {
    const term = lowering.lower(root, layout);
    if (term !== null) return term;
    throw new ConstraintError("unsatisfiable", "No value satisfies the schema here", at(lowering.causeOf(root)));
  });
  return { term: result, dropped };
}

/** What is made of a schema: `root` is what the value must satisfy. */
type Lower<T> = (lowering: Lowering, root: Conjunction, layout: Layout) => T;

/** The same for anything else that is made of a schema. */
export function lowerSchemaWith<T>(
  schema: unknown,
  options: SchemaOptions,
  lower: Lower<T>,
): { result: T; dropped: readonly DroppedKeyword[] } {
  const { limits } = options;
  const json = typeof schema === "string" ? parseJsonText(schema, limits) : jsonOfValue(schema, limits);
  const graph = new SchemaGraph(json, options.documents, limits);
  if (options.strict === true) checkStrictSubset(json, graph.root.resource.draft);
  if (options.lenient !== true) return { result: lowerGraph(graph, options, [], lower), dropped: [] };
  return lowerLeniently(graph, () => {
    const failed: Conjunction[] = [];
    try {
      return { result: lowerGraph(graph, options, failed, lower) };
    } catch (error) {
      return { error, nodes: failed.flatMap(({ literals }) => literals.map((each) => graph.node(each >> 1))) };
    }
  });
}

/** A schema's term, and what the lenient mode left out: nothing otherwise. */
export interface LoweredSchema {
  readonly term: Term;
  readonly dropped: readonly DroppedKeyword[];
}

/** What `lower` makes of it without what is dropped from `graph`. Where a place as a whole failed, what it must satisfy is put into `failed`. */
function lowerGraph<T>(graph: SchemaGraph, options: SchemaOptions, failed: Conjunction[], lower: Lower<T>): T {
  const { limits, languages } = options;
  languages.startConstraint();
  const work = new LoweringWork(limits.maxSchemaSteps);
  let isLowered = false;
  const context: KeywordContext = {
    graph,
    equals: options.lenient === true ? null : new EqualSubschemas(),
    conjunctions: new Conjunctions(work),
    layers: new Layers(),
    evaluations: new Evaluations(graph, limits),
    languages,
    limits,
    format: options.format ?? "assert",
    unknownFormat: options.unknownFormat ?? "annotate",
  };
  const layout = layoutOf(options.whitespace ?? "flexible");
  const normaliser = new Normaliser(context);
  const isOrdered = (options.propertyOrder ?? (options.strict === true ? "schema" : "any")) === "schema";
  const automata = new SharedAutomata(normaliser, (conjunction, inner, ofItems) => {
    // Also long after this: what others have used up since then doesn't count.
    languages.startConstraint();
    if (isLowered) work.restart();
    const term = new Lowering(normaliser, ofItems, isOrdered, failed).lower(conjunction, inner);
    return term === null ? null : new ByteAutomaton(compileProgram(term, limits), limits);
  });
  const root = conjunctionOf(graph.root, context);
  try {
    return lower(new Lowering(normaliser, automata, isOrdered, failed), root, layout);
  } finally {
    // For what is asked of the languages while texts are read.
    isLowered = true;
    work.restart();
    languages.startConstraint();
  }
}

interface Task {
  readonly rule: Rule;
  readonly conjunction: Conjunction;
  readonly layout: Layout;
}

/** What sets of bits may hold. */
const maxClasses = 30;
const maxUniqueValues = 30;
/** Kinds of items, by which of several `contains` they match. */
const maxItemKinds = 1024;

export class Lowering {
  readonly context: KeywordContext;
  readonly normaliser: Normaliser;
  readonly isOrdered: boolean;
  private readonly automata: SharedAutomata;
  private readonly failed: Conjunction[];
  private readonly rules = new Map<string, Rule>();
  private readonly conjunctionOfRule = new Map<Rule, Conjunction>();
  private readonly procedures = new Map<string, Rule>();
  private readonly undeclared: UndeclaredKeys;
  private readonly todo: Task[] = [];
  /** The rules that have bodies. */
  private readonly made: Rule[] = [];

  constructor(normaliser: Normaliser, automata: SharedAutomata, isOrdered: boolean, failed: Conjunction[]) {
    this.context = normaliser.context;
    this.normaliser = normaliser;
    this.undeclared = new UndeclaredKeys(normaliser);
    this.automata = automata;
    this.isOrdered = isOrdered;
    this.failed = failed;
  }

  /** Does the rule of a conjunction surely have more than `count` values? */
  private readonly areVaried = (rule: Rule, count: number): boolean =>
    hasMoreValues(this.conjunctionOfRule.get(rule)!, count, this.normaliser);

  /** The term of all values that satisfy `root`; null where there are none. */
  lower(root: Conjunction, layout: Layout): Term | null {
    const rule = this.ruleOf(root, layout);
    this.lowerTasks();
    return this.isProductive(rule) ? call(rule) : null;
  }

  /** The term of all values but strings that satisfy `root`; null where there are none. */
  lowerOthers(root: Conjunction, layout: Layout): Term | null {
    const rule = new Rule(this.nameOf(root));
    rule.body = this.located(root, () => this.body(root, layout, false));
    this.lowerTasks();
    this.made.push(rule);
    return this.isProductive(rule) ? call(rule) : null;
  }

  /** Gives the rules that wait for it their bodies. */
  private lowerTasks(): void {
    const { made } = this;
    const { work } = this.context.conjunctions;
    for (let task = this.todo.pop(); task !== undefined; task = this.todo.pop()) {
      if (task.conjunction.literals.length > 1) this.located(task.conjunction, () => work.spend(stepsOfJointPlace));
      task.rule.body = this.located(task.conjunction, () => this.body(task.conjunction, task.layout));
      made.push(task.rule);
      if (made.length > this.context.limits.maxTermNodes) {
        throw new ConstraintError(
          "limit",
          `The schema has more than ${this.context.limits.maxTermNodes} different places`,
        );
      }
    }
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
      .map((each) => `${each & 1 ? "not " : ""}${nameOfPlace(graph.node(each >> 1).pointer)}`)
      .join(" and ");
  }

  pointerOf(conjunction: Conjunction): string {
    const literal = conjunction.literals[conjunction.literals.length - 1];
    return literal === undefined ? "" : this.context.graph.node(literal >> 1).pointer;
  }

  /** Errors that don't know their place get that of the subschema. */
  located<T>(conjunction: Conjunction, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ConstraintError) || error.location !== undefined) throw error;
      this.failed.push(conjunction);
      throw new ConstraintError(error.code, error.message, at(this.pointerOf(conjunction)));
    }
  }

  private body(conjunction: Conjunction, layout: Layout, withStrings = true): Term {
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
    if (withStrings && shapes.strings.length > 0) terms.push(...this.strings(shapes.strings));
    for (const shape of shapes.arrays) {
      terms.push(this.custom(`array ${layout.key} ${keyOfArray(shape)}`, () => this.array(shape, layout)));
    }
    for (const shape of shapes.objects.map((each) => this.withoutDependencies(each))) {
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
    const { limits } = this.context;
    const areCompared = shape.max > 1 && (shape.unique || shape.repeats);
    const isPlain = shape.prefix.length === 0 && shape.contains.length === 0;
    if (areCompared && shape.unique && isPlain) {
      const values = this.finiteValues(this.normaliser.shapesOf(shape.rest));
      if (values !== undefined && values.length <= maxUniqueValues) return this.arrayOfFew(shape, values, layout);
    }
    const { min, max, contains } = shape;
    const choices = this.itemChoices(shape, areCompared, inner);
    const spec = { min, max, choices, contains, unique: false };
    if (!areCompared) return new ArrayProcedure(spec, this.areVaried, layout, limits);
    if (shape.repeats && !isPlain) {
      throw new ConstraintError(
        "unsupported",
        "The negation of uniqueItems beside a list of items or contains isn't supported",
      );
    }
    // What one `contains` still lacks can't have been there: only several of the same kind may run out.
    const counted = contains.every((each) => each.min <= 1) ? 0 : contains.reduce((sum, each) => sum + each.min, 0);
    const needed = Math.max(min, counted);
    const automata = this.automata.forArray(inner, (rule) => this.conjunctionOfRule.get(rule)!);
    if (shape.unique && needed > 1 && !choices.flat().every(({ rule }) => automata.hasMoreValues(rule, needed - 1))) {
      throw new ConstraintError(
        "unsupported",
        "uniqueItems that asks for several of perhaps too few values isn't supported",
      );
    }
    return new UniqueArrayProcedure(spec, shape.repeats, automata, layout, limits);
  }

  /** By index, up to where all are alike; `areDistinct`: none of an item's choices has a value of another. */
  private itemChoices(shape: ArrayShape, areDistinct: boolean, inner: Layout): ItemChoice[][] {
    const { conjunctions } = this.context;
    const length = Math.max(shape.prefix.length, ...shape.contains.map((each) => each.from));
    conjunctions.work.spend(stepsOfItem * length);
    return Array.from({ length: length + 1 }, (_, index) => {
      const item = itemAt(shape, index);
      let values: { value: Conjunction; counts: number }[] = item.isFalse ? [] : [{ value: item, counts: 0 }];
      shape.contains.forEach((each, i) => {
        if (index < each.from) return;
        const isTold = areDistinct || each.max !== Number.POSITIVE_INFINITY;
        const negated = isTold ? this.normaliser.negate(each.item) : conjunctions.true;
        values = values.flatMap(({ value, counts }) => [
          { value: conjunctions.and(value, each.item), counts: counts | (1 << i) },
          { value: conjunctions.and(value, negated), counts },
        ]);
        values = values.filter(({ value }) => !value.isFalse);
        if (values.length > maxItemKinds) {
          throw new ConstraintError(
            "limit",
            `The contains here tell more than ${maxItemKinds} kinds of items apart: use fewer of them`,
          );
        }
      });
      return values.map(({ value, counts }) => ({ rule: this.ruleOf(value, inner), counts, value: -1 }));
    });
  }

  /** Different items of few values are told apart by bits. */
  private arrayOfFew({ min, max }: ArrayShape, values: readonly Term[], layout: Layout): Procedure {
    const choices = values.map((term, value) => ({ rule: new Rule(`value ${value}`, term), counts: 0, value }));
    for (const { rule } of choices) this.made.push(rule);
    const spec = { min, max: Math.min(max, values.length), choices: [choices], contains: [], unique: true };
    return new ArrayProcedure(spec, () => false, layout, this.context.limits);
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
    const { groups, groupOf } = groupBreaches(shape);
    const toChoices = (values: readonly KeyValue[]): KeyChoice[] =>
      values.map(({ value, breaks }) => ({ value: this.ruleOf(value, inner), satisfies: breaks }));
    const valuesOf = (key: string | undefined, membership: KeyMembership) => {
      const part = { ...shape, breaches: groups[key === undefined ? 0 : groupOf(key)]! };
      return toChoices(valuesOfKey(part, key, membership, this.context, (value) => this.normaliser.isEmpty(value)));
    };
    const { true: anything } = this.context.conjunctions;
    const patterns = patternLanguages(shape);
    const brokenNames = [...new Set(shape.breaches.map((breach) => breach.names))].filter(
      (names) => names !== anything,
    );
    const finest = this.undeclared.automaton(shape.names, patterns, brokenNames);
    const choicesOfClasses = finest.classes.map((memberships) =>
      valuesOf(undefined, {
        isIn: (language) => memberships[patterns.indexOf(language)]!,
        isNamed: (names) => !brokenNames.includes(names) || memberships[patterns.length + brokenNames.indexOf(names)]!,
      }),
    );
    const { automaton, classChoices } = joinClasses(finest, choicesOfClasses);
    const isCounted = shape.min > 0 || shape.max !== Number.POSITIVE_INFINITY;
    if (isCounted && shape.breaches.length > 0 && classChoices.length > maxClasses) {
      throw new ConstraintError(
        "limit",
        `Negated objects with a number of keys, beside more than ${maxClasses} kinds of them`,
      );
    }
    const keys = this.namedKeys(declaredKeys(shape), automaton, classChoices);
    const choices = keys.map((key) =>
      valuesOf(key, {
        isIn: (language) => languages.contains(language, key),
        isNamed: (names) => names === anything || this.undeclared.isName(names, key),
      }),
    );
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
        obligations: groups.map((group) => group.length),
        groupOf: keys.map(groupOf),
        absent: keys.map((key) =>
          groups[groupOf(key)]!.reduce(
            (bits, breach, i) => (breach.required.includes(key) ? bits | (1 << i) : bits),
            0,
          ),
        ),
        isOrdered: this.isOrdered,
        areVaried: this.areVaried,
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
    const keys = [...new Set([...declared, ...scarceKeys(automaton, classChoices, this.context.limits)])];
    if (this.isOrdered && keys.length > declared.length) {
      throw new ConstraintError("unsupported", "The negation of undeclared keys isn't supported in the schema's order");
    }
    return keys;
  }

  /** With dependencies as breaches, where they would meet what else is counted. */
  private withoutDependencies(shape: ObjectShape): ObjectShape {
    const { conjunctions, layers } = this.context;
    const { dependencies, breaches, min, max } = shape;
    const isBounded = max !== Number.POSITIVE_INFINITY;
    const isCounted =
      (isBounded && min > 0) ||
      (breaches.length > 0 && (isBounded || breaches.some((each) => each.required.length > 0)));
    if (dependencies.length === 0 || !isCounted) return shape;
    const broken = dependencies.flatMap(({ key, needs }) =>
      needs.map((need) => {
        const present = layers.ofKey(need, conjunctions.false, conjunctions);
        return layers.breachOf({ ...anyObject(conjunctions), required: [key], layers: [present] }, conjunctions);
      }),
    );
    return { ...shape, dependencies: [], breaches: mergeLists(breaches, sortById(broken), (breach) => breach.id) };
  }

  private isProductive(root: Rule): boolean {
    const productive = new Set<Rule>();
    const rules = [...this.procedures.values(), ...this.made].reverse();
    closeMembers(rules, productive, (rule, isMember) => completes(rule.body, isMember));
    return productive.has(root);
  }

  /** The innermost place that is the cause of there being no value. */
  causeOf(conjunction: Conjunction, visited = new Set<Conjunction>()): string {
    visited.add(conjunction);
    const shapes = this.normaliser.shapesOf(conjunction);
    const here = this.pointerOf(conjunction);
    if (isNothing(shapes) || shapes.objects.length !== 1 || visited.size > this.context.limits.maxDepth) return here;
    const shape = shapes.objects[0]!;
    for (const key of shape.required) {
      const value = valueOfKey(shape.layers, key, this.context);
      if (value.isFalse) return here;
      if (!visited.has(value) && isNothing(this.normaliser.shapesOf(value))) {
        return this.causeOf(value, visited);
      }
    }
    return here;
  }
}

/** Passed documents' places begin with their URI. */
function nameOfPlace(pointer: string): string {
  return pointer === "" || pointer.startsWith("/") ? `#${pointer}` : pointer;
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
