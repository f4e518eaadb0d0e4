// The entry point: specs in, constraints out. The pipeline:
//   1. lower the spec to a term (its front-end)        2. make the term a program (term/program.ts)
//   3. put the vocabulary to it: a token automaton, lazy from here on (automaton/token-automaton.ts)
// The compiler owns what constraints share: run profiles of the vocabulary, and the constraints it made last.

import { MaskIds, maskWords } from "../automaton/mask.ts";
import { RunProfiles } from "../automaton/run-profile.ts";
import { TokenAutomaton } from "../automaton/token-automaton.ts";
import { ConstraintError } from "../base/errors.ts";
import { defaultLimits, type Limits } from "../base/limits.ts";
import type { DroppedKeyword } from "../json-schema/keywords/dropped-keywords.ts";
import { compileProgram } from "../term/program.ts";
import type { Vocabulary } from "../vocabulary/vocabulary.ts";
import { Constraint } from "./constraint.ts";
import { type ConstraintSpec, lowerSpec, SharedLanguages } from "./lower-spec.ts";
import type { Matcher } from "./matcher.ts";
import { readSpec, specOfText } from "./read-spec.ts";

/** Of a string in memory. */
const bytesPerUnit = 2;

export interface CompilerOptions {
  /** Budgets; those not given keep their defaults. */
  readonly limits?: Partial<Limits>;
  /** How many constraints to keep, so that the same spec isn't compiled again; default 64. */
  readonly maxConstraints?: number;
  /** False: every mask is computed anew, for tests and benchmarks. Default true. */
  readonly cacheMasks?: boolean;
}

export class Compiler {
  readonly vocabulary: Vocabulary;
  readonly limits: Limits;
  private readonly maxConstraints: number;
  private readonly cacheMasks: boolean;
  private readonly sharedMasks = { profiles: new RunProfiles(), maskIds: new MaskIds() };
  private readonly shared: SharedLanguages;
  /** By the spec's text; in the order of last use. */
  private readonly constraints = new Map<string, Constraint>();
  private disposed = false;

  constructor(vocabulary: Vocabulary, options: CompilerOptions = {}) {
    this.vocabulary = vocabulary;
    this.limits = { ...defaultLimits, ...options.limits };
    this.shared = new SharedLanguages(this.limits);
    this.maxConstraints = options.maxConstraints ?? 64;
    this.cacheMasks = options.cacheMasks ?? true;
  }

  /**
   * Compiles a constraint, or gives the one made from an equal spec before. Throws a ConstraintError with the place: "syntax", "invalid",
   * "unsupported", "unsatisfiable", "vocabulary", "limit". Cost: about linear in the spec; masks are worked out later, as they are met.
   */
  compile(spec: ConstraintSpec): Constraint {
    if (this.disposed) throw new ConstraintError("usage", "the compiler was disposed");
    const { text, make } = readSpec(spec, this.limits);
    const known = this.constraints.get(text);
    // Later automata come from the text: a copy of the spec would be larger.
    const constraint = known ?? this.newConstraint(make(), () => specOfText(text, this.limits));
    this.constraints.delete(text);
    this.constraints.set(text, constraint);
    if (known === undefined) this.evict();
    return constraint;
  }

  /** Has it made one from an equal spec, and kept it? Then `compile` gives that. Throws where `spec` isn't plain data, as `compile` does. */
  holds(spec: ConstraintSpec): boolean {
    return this.constraints.has(readSpec(spec, this.limits).text);
  }

  /** Forgets the constraints that weren't asked for longest, while they are too many or too large. The one just asked for stays. */
  private evict(): void {
    const bytesOf = (text: string, { stats }: Constraint) => stats.bytes + bytesPerUnit * text.length;
    let bytes = 0;
    for (const [text, constraint] of this.constraints) bytes += bytesOf(text, constraint);
    for (const [text, constraint] of this.constraints) {
      const { size } = this.constraints;
      if (size === 1 || (size <= this.maxConstraints && bytes <= this.limits.maxConstraintBytes)) return;
      bytes -= bytesOf(text, constraint);
      this.constraints.delete(text);
    }
  }

  /** The masks of a batch: row i, of ⌈size / 32⌉ words, is that of `matchers[i]`. Throws code "usage" when the bitmask is too short. */
  fillMasks(matchers: readonly Matcher[], bitmask: Uint32Array): void {
    const words = maskWords(this.vocabulary.size);
    if (bitmask.length < words * matchers.length) {
      throw new ConstraintError(
        "usage",
        `${matchers.length} masks need ${words * matchers.length} words; the bitmask has ${bitmask.length}`,
      );
    }
    matchers.forEach((matcher, i) => {
      matcher.fillMask(bitmask, i * words);
    });
  }

  /** Frees what it shares. Constraints made before still work. */
  dispose(): void {
    this.disposed = true;
    this.constraints.clear();
  }

  private newConstraint(spec: ConstraintSpec, again: () => ConstraintSpec): Constraint {
    const { automaton, dropped } = this.build(spec);
    return new Constraint(automaton, () => this.build(again()).automaton, dropped);
  }

  private build(spec: ConstraintSpec): { automaton: TokenAutomaton; dropped: readonly DroppedKeyword[] } {
    const { specialTokens } = this.vocabulary;
    const tokens = { specialTokens, checkToken: (id: number) => checkToken(this.vocabulary, id) };
    const { term, dropped } = lowerSpec(spec, this.limits, tokens, this.vocabulary, this.shared);
    const program = compileProgram(term, this.limits);
    const automaton = new TokenAutomaton(program, this.vocabulary, this.sharedMasks, this.limits, this.cacheMasks);
    return { automaton, dropped };
  }
}

/** The tokens that a grammar may name by id are special ones: the id of an ordinary token stands for its text, which a grammar can write. */
function checkToken(vocabulary: Vocabulary, id: number): void {
  if (id >= vocabulary.size) {
    throw new ConstraintError("invalid", `token ${id} isn't in the vocabulary (0 … ${vocabulary.size - 1})`);
  }
  if (vocabulary.tokenBytes(id) !== null || vocabulary.eosTokenIds.includes(id)) {
    throw new ConstraintError("unsupported", `token ${id} isn't a special token: write its text instead`);
  }
}
