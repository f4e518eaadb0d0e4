// unevaluatedProperties and unevaluatedItems as assertions, from what evaluations.ts finds. More evaluated only weakens them, so neither asks for a negation:
// what is evaluated where some conditions hold is never more than what really is, and what really is is one of the choices.
//
// Properties go key by key: each key that some evaluate under conditions is as the keyword asks, or the conditions of one of those hold. Keys that
// the same ones evaluate go together: names, and the cells into which patterns divide all others. Items go by choices of several at once,
// since one that begins where another one has left off weakens it.
import { ConstraintError } from "../../base/errors.ts";
import { keyAutomaton } from "../objects/key-automaton.ts";
import { at, type JsonNode } from "../reading/json-text.ts";
import type { SchemaNode } from "../reading/schema-graph.ts";
import { anyArray } from "../shapes/array-shape.ts";
import type { Conjunction } from "../shapes/conjunction.ts";
import { anyObject } from "../shapes/object-shape.ts";
import { anyString, sortTexts } from "../shapes/string-shape.ts";
import type { Evaluation, UnevaluatedKeyword } from "./evaluations.ts";
import { type Assertion, conjunctionOf, type KeywordContext, locatedAt } from "./keywords.ts";

/** Choices of subschemas that hold. */
const maxChoices = 2000;

/** May all of these hold, beside the schema's other keywords, of an array of at least so many items? False: surely not. */
export type AreChoosable = (conditions: readonly Assertion[], minItems: number) => boolean;

/** What the unevaluated* of a schema object assert. Throws as `Evaluations.beside`; "limit" where there are too many choices. */
export function readUnevaluated(node: SchemaNode, context: KeywordContext, areChoosable: AreChoosable): Assertion[] {
  const reader = new UnevaluatedReader(node, context);
  return [...reader.properties(), ...reader.items(areChoosable)];
}

/** Keys that the same ones evaluate under conditions. */
interface KeyGroup {
  readonly names: string[];
  /** Keys of `StringLanguages`. */
  readonly languages: string[];
  readonly by: readonly Evaluation[];
}

/** What evaluates properties, and the languages of its patterns. */
interface KeySet {
  readonly evaluation: Evaluation;
  readonly names: ReadonlySet<string>;
  readonly languages: readonly string[];
}

class UnevaluatedReader {
  private readonly node: SchemaNode;
  private readonly context: KeywordContext;

  constructor(node: SchemaNode, context: KeywordContext) {
    this.node = node;
    this.context = context;
  }

  properties(): readonly Assertion[] {
    const keyword = "unevaluatedProperties";
    const asked = this.asked(keyword);
    if (asked === undefined) return [];
    const { conjunctions, layers } = this.context;
    const { always, sometimes } = this.evaluations(keyword);
    if (always.some((each) => each.isAll)) return [];
    const keySets = [...always, ...sometimes].map((each) => this.keySet(each));
    const object = (names: Iterable<string>, languages: Iterable<string>, value: Conjunction, others: Conjunction) => {
      const properties = new Map([...names].map((name) => [name, value]));
      const patterns = [...languages].map((language) => ({ language, value }));
      const layer = layers.of(properties, patterns, others);
      return this.assertion(keyword, { kind: "object", shape: { ...anyObject(conjunctions), layers: [layer] } });
    };
    const everyName = new Set(keySets.flatMap((each) => [...each.names]));
    const everyLanguage = new Set(keySets.flatMap((each) => each.languages));
    const rest = this.keyGroups(keySets).map(({ names, languages, by }) => {
      const allowed = object(names, languages, asked, conjunctions.true);
      return this.some(keyword, [[allowed], ...by.map((each) => this.conditions(keyword, each))]);
    });
    rest.push(object(everyName, everyLanguage, conjunctions.true, asked));
    const whole = sometimes.filter((each) => each.isAll).map((each) => this.conditions(keyword, each));
    return whole.length === 0 ? rest : [this.some(keyword, [...whole, rest])];
  }

  items(areChoosable: AreChoosable): readonly Assertion[] {
    const keyword = "unevaluatedItems";
    const asked = this.asked(keyword);
    if (asked === undefined) return [];
    const { conjunctions } = this.context;
    const { always, sometimes } = this.evaluations(keyword);
    let choices: Evaluation[] = [always.reduce(together)];
    const minItems = choices[0]!.prefix + 1;
    for (const each of sometimes) {
      for (const choice of [...choices]) {
        const both = together(choice, each);
        if (choices.some((other) => implies(both, other))) continue;
        // Arrays so short that nothing is left satisfy the first choice.
        if (!areChoosable(this.conditions(keyword, both), minItems)) continue;
        choices = choices.filter((other) => !implies(other, both));
        choices.push(both);
      }
      if (choices.length > maxChoices) {
        throw new ConstraintError("limit", `${keyword} sees too many choices of subschemas`, at(this.place(keyword)));
      }
    }
    const satisfied = choices.map((choice) => {
      const conditions = this.conditions(keyword, choice);
      if (choice.isAll) return conditions;
      const prefix = Array.from({ length: choice.prefix }, () => conjunctions.true);
      const shape = { ...anyArray(conjunctions), prefix, rest: this.item(asked, choice) };
      return [...conditions, this.assertion(keyword, { kind: "array", shape })];
    });
    return satisfied.every((each) => each.length > 0) ? [this.some(keyword, satisfied)] : [];
  }

  /** What the keyword asks of what is left; undefined: nothing. */
  private asked(keyword: UnevaluatedKeyword): Conjunction | undefined {
    const { conjunctions, graph } = this.context;
    const value = graph.get(this.node, keyword);
    if (value === undefined) return undefined;
    const asked = conjunctionOf(graph.child(this.node, value, keyword), this.context);
    return asked === conjunctions.true ? undefined : asked;
  }

  private evaluations(keyword: UnevaluatedKeyword) {
    const all = this.context.evaluations.beside(this.node, keyword);
    const always = all.filter((each) => each.conditions.size === 0);
    const sometimes = all.filter((each) => each.conditions.size > 0);
    return { always, sometimes };
  }

  private keySet(evaluation: Evaluation): KeySet {
    const languages = evaluation.patterns.map(({ pattern, place }) =>
      locatedAt(place, () => this.context.languages.pattern(pattern)),
    );
    return { evaluation, names: new Set(evaluation.names), languages };
  }

  /** All keys that are evaluated under conditions only, by which ones evaluate them. */
  private keyGroups(keySets: readonly KeySet[]): readonly KeyGroup[] {
    const { languages, limits } = this.context;
    const groups = new Map<string, KeyGroup>();
    /** The key of a group; undefined for keys that are always evaluated, or never. */
    const groupOf = (isIn: (keys: KeySet) => boolean): string | undefined => {
      const by = keySets.filter(isIn).map((each) => each.evaluation);
      if (by.length === 0 || by.some((each) => each.conditions.size === 0)) return undefined;
      const key = by.map((each) => [...each.conditions.keys()].sort().join("&")).join("|");
      if (!groups.has(key)) groups.set(key, { names: [], languages: [], by });
      return key;
    };
    const patterns = [...new Set(keySets.flatMap((each) => each.languages))];
    const groupOfName = new Map<string, string | undefined>();
    for (const name of new Set(keySets.flatMap((each) => [...each.names]))) {
      const inside = new Set(patterns.filter((language) => languages.contains(language, name)));
      const group = groupOf((keys) => keys.names.has(name) || keys.languages.some((each) => inside.has(each)));
      groupOfName.set(name, group);
      if (group !== undefined) groups.get(group)!.names.push(name);
    }
    if (!keySets.some((each) => each.evaluation.conditions.size > 0 && each.languages.length > 0)) {
      return [...groups.values()];
    }
    const dfas = patterns.map((language) => languages.dfa(language));
    const cells = keyAutomaton([languages.anyTextDfa()], dfas, limits).classes;
    for (const cell of cells) {
      const inside = new Set(patterns.filter((_, i) => cell[i]));
      const group = groupOf((keys) => keys.languages.some((each) => inside.has(each)));
      if (group === undefined) continue;
      const isInCell = (name: string) =>
        patterns.every((language) => inside.has(language) === languages.contains(language, name));
      const others = [...groupOfName].flatMap(([name, own]) => (own !== group && isInCell(name) ? [name] : []));
      groups.get(group)!.languages.push(this.languageOfCell(patterns, cell, cells, others));
    }
    return [...groups.values()];
  }

  /** The keys in just those of the patterns, without `excluded`. */
  private languageOfCell(
    patterns: readonly string[],
    cell: readonly boolean[],
    cells: readonly (readonly boolean[])[],
    excluded: readonly string[],
  ): string {
    const inside = patterns.flatMap((_, i) => (cell[i] ? [i] : []));
    const alone = inside.find((i) => cells.every((other) => other === cell || !other[i]));
    if (alone !== undefined && excluded.length === 0) return patterns[alone]!;
    const positive = alone === undefined ? inside : [alone];
    // Only patterns that overlap with these have to be kept out.
    const overlapping = cells.filter((other) => positive.every((i) => other[i]));
    const negative = patterns.flatMap((_, i) => (!cell[i] && overlapping.some((other) => other[i]) ? [i] : []));
    const uses = [
      ...positive.map((i) => ({ key: patterns[i]!, negated: false })),
      ...negative.map((i) => ({ key: patterns[i]!, negated: true })),
    ].sort((a, b) => (a.key < b.key ? -1 : 1));
    return this.context.languages.keyOf({ ...anyString, excluded: sortTexts(excluded), languages: uses });
  }

  private conditions(keyword: UnevaluatedKeyword, { conditions }: Evaluation): Assertion[] {
    const any = anyObject(this.context.conjunctions);
    return [...conditions.values()].map((condition) => {
      if (condition.kind === "present") {
        return this.assertion(keyword, { kind: "object", shape: { ...any, required: [condition.key] } });
      }
      const part = conjunctionOf(condition.node, this.context);
      return this.assertion(
        keyword,
        condition.kind === "holds" ? { kind: "all", parts: [part] } : { kind: "not", part },
      );
    });
  }

  private some(keyword: UnevaluatedKeyword, choices: readonly (readonly Assertion[])[]): Assertion {
    return this.assertion(keyword, { kind: "some", choices });
  }

  private assertion<const T>(keyword: UnevaluatedKeyword, content: T): T & { readonly place: string } {
    return { ...content, place: this.place(keyword) };
  }

  private place(keyword: UnevaluatedKeyword): string {
    return `${this.node.pointer}/${keyword}`;
  }

  /** What no `contains` matches must be as asked: a subschema that isn't in the source. */
  private item(asked: Conjunction, { contains }: Evaluation): Conjunction {
    if (contains.length === 0) return asked;
    const { graph } = this.context;
    const value = graph.get(this.node, "unevaluatedItems")!;
    const anyOf: JsonNode = { kind: "array", items: [...contains.map((node) => node.json), value] };
    const node = graph.child(this.node, { kind: "object", entries: new Map([["anyOf", anyOf]]) }, "unevaluatedItems");
    if (contains.some((each) => graph.child(node, each.json) !== each)) {
      throw new ConstraintError(
        "unsupported",
        "unevaluatedItems beside contains in another embedded schema isn't supported",
        at(this.place("unevaluatedItems")),
      );
    }
    return conjunctionOf(node, this.context);
  }
}

function together(a: Evaluation, b: Evaluation): Evaluation {
  return {
    conditions: new Map([...a.conditions, ...b.conditions]),
    isAll: a.isAll || b.isAll,
    names: [],
    patterns: [],
    prefix: Math.max(a.prefix, b.prefix),
    contains: [...new Set([...a.contains, ...b.contains])],
  };
}

/** Does whatever `a` allows come under `b` as well: does `b` ask for no more, and evaluate no fewer items? */
function implies(a: Evaluation, b: Evaluation): boolean {
  if (b.conditions.size > a.conditions.size || [...b.conditions.keys()].some((key) => !a.conditions.has(key)))
    return false;
  return b.isAll || (!a.isAll && a.prefix <= b.prefix && a.contains.every((each) => b.contains.includes(each)));
}
