// The regular languages that a schema's strings use (patterns, formats), compiled once each, and what is asked about them:
// is a combination empty, is a text in one, and the automaton over decoded text of a union of string shapes.
import { ConstraintError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import { lowerRegex } from "../../regex/lower-regex.ts";
import type { UnicodeTables } from "../../regex/unicode-tables.ts";
import { anyCodePoint, codePointsTerm } from "../../term/code-points.ts";
import { CountedProcedure, characterEnds } from "../../term/counted-procedure.ts";
import { compileShared, withoutCalls } from "../../term/dfa.ts";
import { DfaProcedure } from "../../term/dfa-procedure.ts";
import { type Dfa, stepDfa } from "../../term/dfa-table.ts";
import { lazyProcedure } from "../../term/lazy-procedure.ts";
import type { CallPolicy } from "../../term/nfa.ts";
import type { Procedure } from "../../term/procedure.ts";
import { alt, and, not, repeat, type Term, words } from "../../term/term.ts";
import { hasMoreWords } from "../../term/word-count.ts";
import { Complement } from "../formats/character-machine.ts";
import { formatOf, type MachineFormat, machineFormatOf } from "../formats/formats.ts";
import { HostnameProcedure } from "../formats/hostname-procedure.ts";
import { MachineProcedure } from "../formats/machine-procedure.ts";
import { anyString, keyOfString, type LanguageUse, type StringShape } from "../shapes/string-shape.ts";
import { WordFinder } from "./find-word.ts";
import { TextLoops } from "./string-character.ts";
import type { StringRunShapes } from "./string-run.ts";

/** A format's name for `StringShape.languages`, and the longest text it allows. */
export interface FormatUse {
  readonly key: string;
  readonly maxLength: number;
}

const encoder = new TextEncoder();
/** What is kept of languages: 32 MiB of tables, and so many terms. */
const maxCells = 8 << 20;
const maxTerms = 10_000;
/** Places of a product that are looked at for a text. */
const maxSearched = 5000;
/** The longest keys that propertyNames may tell by their length. */
const maxUnrolledLength = 2048;
const noLengths = { min: 0, max: Number.POSITIVE_INFINITY };

const idnHostname = "format idn-hostname";

/** Without the format "idn-hostname" where "hostname", which is part of it, is asked as well. */
function withoutWider(shape: StringShape): StringShape {
  if (!shape.languages.some(({ key, negated }) => key === "format hostname" && !negated)) return shape;
  return { ...shape, languages: shape.languages.filter(({ key, negated }) => key !== idnHostname || negated) };
}

/** The key of the regular language that a machine's is part of. */
function syntaxOf(key: string): string {
  return `${key} by its syntax`;
}

/** Of any number of schemas with the same limits. */
export class StringLanguages {
  /** Any text: valid UTF-8. */
  readonly anyText: Term = repeat(codePointsTerm(anyCodePoint), 0, Number.POSITIVE_INFINITY);
  private readonly limits: Limits;
  private readonly unicode: UnicodeTables;
  /** Keeps the automata of languages that are parts of others. */
  private readonly calls: CallPolicy;
  private readonly terms = new Map<string, Term>();
  private readonly formats = new Map<string, FormatUse | undefined>();
  private readonly machines = new Map<string, MachineFormat>();
  private readonly dfas = new Map<string, Dfa | ConstraintError>();
  private readonly emptiness = new Map<string, boolean>();
  private readonly wordFinder = new WordFinder();
  private readonly procedures = new Map<Dfa, DfaProcedure>();
  readonly runShapes: StringRunShapes = new Map();
  private anyLoops: TextLoops | undefined;
  /** Cells of all DFAs' tables. */
  private cells = 0;

  constructor(limits: Limits, unicode: UnicodeTables) {
    this.limits = limits;
    this.unicode = unicode;
    this.calls = withoutCalls(limits, () => new ConstraintError("unsupported", "A pattern must be regular"));
  }

  /** From here on the budget for new languages is whole again: no constraint pays for another. */
  startConstraint(): void {
    this.calls.islands.restart();
  }

  /** Is much kept? Then others should be used from here on: schemas before may still need these. */
  get isFull(): boolean {
    return this.cells >= maxCells || this.terms.size >= maxTerms;
  }

  /** The key of a pattern's language: texts in which it is found somewhere. Throws what `lowerRegex` throws. */
  pattern(pattern: string): string {
    const key = `/${pattern}`;
    if (!this.terms.has(key)) {
      this.terms.set(key, lowerRegex(pattern, { search: true, limits: this.limits, unicode: this.unicode }));
    }
    return key;
  }

  /** Undefined where the format isn't known. */
  format(name: string): FormatUse | undefined {
    if (!this.formats.has(name)) {
      const key = `format ${name}`;
      const machine = machineFormatOf(name, this.limits);
      const term = machine === undefined ? formatOf(name, this.limits) : undefined;
      if (term !== undefined) this.terms.set(key, term);
      if (machine !== undefined) this.machines.set(key, machine);
      if (machine?.syntax !== undefined) this.terms.set(syntaxOf(key), machine.syntax);
      const maxLength = machine?.maxLength ?? Number.POSITIVE_INFINITY;
      this.formats.set(name, machine === undefined && term === undefined ? undefined : { key, maxLength });
    }
    return this.formats.get(name);
  }

  /** The key of the texts of a shape, lengths left out, as a language of its own. */
  keyOf(shape: StringShape): string {
    const key = `texts ${keyOfString(shape)}`;
    if (!this.terms.has(key)) this.terms.set(key, this.term(shape));
    return key;
  }

  /** The DFA of one language over decoded text. Throws "limit". */
  dfa(key: string): Dfa {
    return this.compile(key, () => this.terms.get(key)!);
  }

  contains(key: string, text: string): boolean {
    const format = this.machines.get(key);
    if (format !== undefined) {
      const machine = format.make();
      let state = machine.start;
      for (const character of text) state = machine.step(state, character.codePointAt(0)!);
      return machine.isAccepting(state);
    }
    return this.accepts(this.dfa(key), text);
  }

  /** Can the shape be part of a union of several in one automaton? */
  isRegular(shape: StringShape): boolean {
    return shape.texts !== undefined || !shape.languages.some((use) => this.machines.has(use.key));
  }

  /** Proven to hold no text? False where that would take too large an automaton. */
  isEmpty(shape: StringShape): boolean {
    if (shape.min > shape.max || shape.min === Number.POSITIVE_INFINITY) return true;
    if (shape.texts !== undefined) return this.filter(shape)?.length === 0;
    // A list leaves texts out, but where lengths are bounded not all of them.
    if (shape.languages.length === 0 && (shape.excluded.length === 0 || shape.max === Number.POSITIVE_INFINITY)) {
      return false;
    }
    if (this.isOverBudget(withoutWider(shape))) return false;
    const key = keyOfString(shape);
    let isEmpty = this.emptiness.get(key);
    if (isEmpty === undefined) {
      const isCounted = shape.min > 0 || shape.max !== Number.POSITIVE_INFINITY;
      const find =
        isCounted || !this.isRegular(shape)
          ? () => this.automaton([shape]).canComplete(() => true)
          : () => this.findsText(shape) ?? this.automaton([shape]).canComplete(() => true);
      isEmpty = !(this.attempt(find) ?? true);
      this.emptiness.set(key, isEmpty);
    }
    return isEmpty;
  }

  /**
   * Is there a text, by a search of the product of the languages' automata? Mostly much cheaper than that product, which formats make large; undefined
   * where it isn't. Throws "limit" where one of them is too large.
   */
  private findsText({ languages, excluded }: StringShape): boolean | undefined {
    const dfas = [this.anyTextDfa(), ...languages.map((use) => this.dfa(use.key))];
    const isWanted = [true, ...languages.map((use) => !use.negated)];
    if (excluded.length > 0) {
      dfas.push(this.compile(`words ${JSON.stringify(excluded)}`, () => words(excluded)));
      isWanted.push(false);
    }
    return this.wordFinder.finds(dfas, isWanted, maxSearched);
  }

  /** Does the shape surely have more than `count` texts? */
  hasMoreTexts(shape: StringShape, count: number): boolean {
    return this.attempt(() => hasMoreWords(this.automaton([shape]), count)) ?? false;
  }

  /** Where these are the texts of one format alone, or the others, of which infinitely many go on from each of their beginnings: that format. */
  endlessUse(shapes: readonly StringShape[]): LanguageUse | undefined {
    const [shape] = shapes;
    if (shapes.length !== 1 || shape === undefined) return undefined;
    const [use] = shape.languages;
    const isAlone = use !== undefined && keyOfString(shape) === keyOfString({ ...anyString, languages: [use] });
    return isAlone && this.machines.get(use.key)?.isEndless === true ? use : undefined;
  }

  /** All texts. */
  anyTextDfa(): Dfa {
    return this.compile("any text", () => this.anyText);
  }

  /** The characters of a string of any text. */
  anyTextLoops(): TextLoops {
    return (this.anyLoops ??= new TextLoops(this.procedure(this.anyTextDfa()), this.runShapes));
  }

  private procedure(dfa: Dfa): DfaProcedure {
    let procedure = this.procedures.get(dfa);
    if (procedure === undefined) this.procedures.set(dfa, (procedure = new DfaProcedure(dfa)));
    return procedure;
  }

  /** The texts of a union of shapes as one DFA, lengths unrolled. Throws "limit" where they are too large for that. */
  textsOf(shapes: readonly StringShape[]): Dfa {
    const key = `names ${shapes.map(keyOfString).join()}`;
    return this.compile(key, () =>
      alt(
        ...shapes.map((shape) => {
          const { min, max } = shape;
          if (min === 0 && max === Number.POSITIVE_INFINITY) return this.term(shape);
          if (Math.max(min, max === Number.POSITIVE_INFINITY ? 0 : max) > maxUnrolledLength) {
            throw new ConstraintError("unsupported", `Keys with lengths above ${maxUnrolledLength} aren't supported`);
          }
          return and(this.term(shape), repeat(codePointsTerm(anyCodePoint), min, max));
        }),
      ),
    );
  }

  accepts(dfa: Dfa, text: string): boolean {
    // Mostly the first characters tell.
    let state = dfa.start;
    let at = 0;
    for (; at < text.length && state !== 0 && text.charCodeAt(at) < 0x80; at++) {
      state = stepDfa(dfa, state, text.charCodeAt(at));
    }
    if (at < text.length && state !== 0) {
      for (const byte of encoder.encode(text.slice(at))) state = stepDfa(dfa, state, byte);
    }
    return dfa.accepting[state] === 1;
  }

  /** The term of `shape` over decoded text, lengths left out. */
  term(shape: StringShape): Term {
    if (shape.texts !== undefined) {
      const texts = this.filter(shape);
      return texts === undefined
        ? and(words(shape.texts), ...shape.languages.map((use) => this.use(use)))
        : words(texts);
    }
    const parts: Term[] = shape.languages.filter((use) => !use.negated).map((use) => this.use(use));
    if (parts.length === 0) parts.push(this.anyText);
    parts.push(...shape.languages.filter((use) => use.negated).map((use) => this.use(use)));
    if (shape.excluded.length > 0) parts.push(not(words(shape.excluded)));
    return and(...parts);
  }

  /**
   * An automaton over the decoded text of a union of shapes: of any number of regular ones without lengths, or of one.
   * Throws "limit" where the lengths that a pattern leaves can't be worked out.
   */
  automaton(shapes: readonly StringShape[]): Procedure {
    if (shapes.length === 1 && !this.isRegular(shapes[0]!)) return this.machineAutomaton(shapes[0]!);
    const term = alt(...shapes.map((shape) => this.term(shape)));
    const { min, max } = shapes[0]!;
    const isCounted = min > 0 || max !== Number.POSITIVE_INFINITY;
    const key = isCounted ? keyOfString({ ...shapes[0]!, ...noLengths }) : shapes.map(keyOfString).join();
    const procedure = this.attempt(() => {
      const dfa = this.compile(key, () => term);
      return isCounted ? new CountedProcedure(dfa, characterEnds(dfa), min, max) : this.procedure(dfa);
    });
    if (procedure !== undefined) return procedure;
    const lengths = repeat(codePointsTerm(anyCodePoint), min, max);
    return lazyProcedure(isCounted ? and(term, lengths) : term, this.limits, this.calls);
  }

  /** Which beginnings of a pattern can still come to another language's end in so many characters takes too long to find out. */
  private isOverBudget({ max, texts, excluded, languages }: StringShape): boolean {
    const isAsked = (key: string) => languages.some((use) => use.key === key && !use.negated);
    const isAlone = (use: LanguageUse) => this.machines.has(use.key) && !(use.negated && isAsked(idnHostname));
    const isBeside = excluded.length > 0 || !languages.every(isAlone);
    if (texts !== undefined || !isBeside) return false;
    return isAsked(idnHostname) || (isAsked("format regex") && max !== Number.POSITIVE_INFINITY);
  }

  private machineAutomaton(whole: StringShape): Procedure {
    const shape = withoutWider(whole);
    if (this.isOverBudget(shape)) {
      throw new ConstraintError(
        "unsupported",
        "The format regex beside both other texts and maxLength, or idn-hostname beside other texts or a negated format, isn't supported",
      );
    }
    const syntaxes = shape.languages
      .filter(({ key, negated }) => !negated && this.terms.has(syntaxOf(key)))
      .map(({ key }) => ({ key: syntaxOf(key), negated: false }));
    if (syntaxes.length === 1 && shape.languages.length === 1 && shape.excluded.length === 0) {
      return new HostnameProcedure(this.automaton([{ ...shape, languages: syntaxes }]), this.limits);
    }
    const machines = shape.languages.flatMap(({ key, negated }) => {
      const machine = this.machines.get(key)?.make();
      return machine === undefined ? [] : [negated ? new Complement(machine) : machine];
    });
    const regular = shape.languages.filter((use) => !this.machines.has(use.key));
    if (regular.length === 0 && shape.excluded.length === 0) {
      return new MachineProcedure(machines, null, shape, this.limits);
    }
    const rest = { ...shape, ...noLengths, languages: [...regular, ...syntaxes] };
    const dfa = this.compile(keyOfString(rest), () => this.term(rest));
    return new MachineProcedure(machines, dfa, shape, this.limits);
  }

  /** The texts that are in all languages of the shape; undefined where a language is too large to ask. */
  private filter(shape: StringShape): readonly string[] | undefined {
    return this.attempt(() =>
      shape.texts!.filter((text) => shape.languages.every((use) => this.contains(use.key, text) !== use.negated)),
    );
  }

  private use(use: LanguageUse): Term {
    const term = this.terms.get(use.key);
    if (term === undefined) throw new ConstraintError("unsupported", `The ${use.key} isn't supported here`);
    return use.negated ? not(term) : term;
  }

  private compile(key: string, term: () => Term): Dfa {
    let dfa = this.dfas.get(key);
    if (dfa === undefined) {
      try {
        const language = term();
        const isNew = !this.calls.booleans.has(language);
        dfa = compileShared(language, this.limits, this.calls);
        if (isNew) this.cells += dfa.next.length;
      } catch (error) {
        if (!(error instanceof ConstraintError) || this.calls.islands.isExhausted) throw error;
        dfa = error;
      }
      this.dfas.set(key, dfa);
    }
    if (dfa instanceof ConstraintError) throw dfa;
    return dfa;
  }

  private attempt<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      // Not where the constraint's whole budget is used up: everything would fail from here on.
      if (error instanceof ConstraintError && error.code === "limit" && !this.calls.islands.isExhausted)
        return undefined;
      throw error;
    }
  }
}
