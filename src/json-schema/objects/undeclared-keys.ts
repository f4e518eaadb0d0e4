// The undeclared keys of objects: the automata that tell them apart, by patterns and by what propertyNames ask for, and those of them that must be
// told apart by name.
import { ConstraintError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import type { Dfa } from "../../term/dfa-table.ts";
import type { Rule } from "../../term/term.ts";
import type { Conjunction } from "../shapes/conjunction.ts";
import type { Normaliser } from "../shapes/normalise.ts";
import { anyString } from "../shapes/string-shape.ts";
import {
  anyKey,
  countKeys,
  endlessKeys,
  isEndless,
  type KeyAutomaton,
  keyAutomaton,
  listKeys,
} from "./key-automaton.ts";
import type { KeyChoice } from "./object-procedure.ts";

/** Keys that are told apart by name where they have to be. Codes of three digits are, with a few more (the responses of Swagger 2.0). */
const maxListedKeys = 2000;

export class UndeclaredKeys {
  private readonly normaliser: Normaliser;
  /** Shapes of one union mostly share one. */
  private readonly automata = new Map<string, KeyAutomaton>();

  constructor(normaliser: Normaliser) {
    this.normaliser = normaliser;
  }

  /** The keys that `names` allows, told apart by `patterns` and by the names in `told`. */
  automaton(names: Conjunction, patterns: readonly string[], told: readonly Conjunction[]): KeyAutomaton {
    const { conjunctions, languages, limits } = this.normaliser.context;
    if (names === conjunctions.true && patterns.length + told.length === 0) return anyKey;
    const key = JSON.stringify([names.id, patterns, told.map((each) => each.id)]);
    let automaton = this.automata.get(key);
    if (automaton === undefined && patterns.length === 0) automaton = this.endless(names, told);
    if (automaton === undefined) {
      const within = names === conjunctions.true ? [] : [this.nameDfa(names)];
      const dfas = [...patterns.map((each) => languages.dfa(each)), ...told.map((each) => this.nameDfa(each))];
      automaton = keyAutomaton([languages.anyTextDfa(), ...within], dfas, limits);
    }
    this.automata.set(key, automaton);
    return automaton;
  }

  /** Does `names` allow this key? */
  isName(names: Conjunction, key: string): boolean {
    const { languages } = this.normaliser.context;
    const use = languages.endlessUse(this.normaliser.shapesOf(names).strings);
    if (use === undefined) return languages.accepts(this.nameDfa(names), key);
    return languages.contains(use.key, key) !== use.negated;
  }

  /** Where names ask for a format that isn't regular, or for its complement, and for nothing else; undefined elsewhere. */
  private endless(names: Conjunction, told: readonly Conjunction[]): KeyAutomaton | undefined {
    const { conjunctions, languages } = this.normaliser.context;
    const asked = [names, ...told].filter((each) => each !== conjunctions.true);
    const uses = asked.map((each) => languages.endlessUse(this.normaliser.shapesOf(each).strings));
    const [first] = uses;
    if (first === undefined || !uses.every((use) => use?.key === first.key)) return undefined;
    const holds = (each: Conjunction, inside: boolean) =>
      each === conjunctions.true || uses[asked.indexOf(each)]!.negated !== inside;
    const memberships = (inside: boolean) => (holds(names, inside) ? told.map((each) => holds(each, inside)) : null);
    const texts = languages.automaton([{ ...anyString, languages: [{ key: first.key, negated: false }] }]);
    return endlessKeys(texts, memberships(true), memberships(false));
  }

  /** The texts that a propertyNames allows. */
  private nameDfa(names: Conjunction): Dfa {
    return this.normaliser.context.languages.textsOf(this.normaliser.shapesOf(names).strings);
  }
}

/**
 * Keys of classes that may be used up before one of them has fulfilled an obligation. Throws "unsupported" where they are too many to be told apart
 * by name.
 */
export function scarceKeys(
  automaton: KeyAutomaton,
  classChoices: readonly (readonly KeyChoice[])[],
  limits: Limits,
): readonly string[] {
  const counts = classChoices.map((choices, keyClass) =>
    choices.some((choice) => choice.satisfies !== 0)
      ? countKeys(automaton, (other) => other === keyClass)(automaton.start)
      : 0,
  );
  const isScarce = (keyClass: number) => counts[keyClass]! > 0 && !isEndless(counts[keyClass]!, limits);
  const total = counts.reduce((sum, count, keyClass) => (isScarce(keyClass) ? sum + count : sum), 0);
  if (total > maxListedKeys) {
    throw new ConstraintError("unsupported", `The negation of ${total} keys of an object isn't supported`);
  }
  return total === 0 ? [] : listKeys(automaton, isScarce);
}

/** Classes of keys with the same choices are one. */
export function joinClasses(automaton: KeyAutomaton, classChoices: readonly KeyChoice[][]) {
  const ids = new Map<Rule, number>();
  const idOf = (rule: Rule) => ids.get(rule) ?? ids.set(rule, ids.size).size - 1;
  const joined = new Map<string, { id: number; choices: KeyChoice[] }>();
  const to = classChoices.map((choices) => {
    const key = choices.map(({ value, satisfies }) => `${idOf(value)}:${satisfies}`).join();
    const known = joined.get(key);
    if (known !== undefined) return known.id;
    joined.set(key, { id: joined.size, choices });
    return joined.size - 1;
  });
  if (joined.size === classChoices.length) return { automaton, classChoices };
  const classOf = (state: number) => {
    const keyClass = automaton.classOf(state);
    return keyClass < 0 ? keyClass : to[keyClass]!;
  };
  const endless = (state: number) => automaton.endless(state).map((keyClass) => to[keyClass]!);
  return {
    automaton: { ...automaton, classOf, endless },
    classChoices: [...joined.values()].map(({ choices }) => choices),
  };
}
