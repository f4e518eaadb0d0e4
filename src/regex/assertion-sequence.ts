// Assertions without an automaton. A regex becomes a sequence of plain fragments, lookarounds, and forks
// (alternations with lookarounds in them). A lookaround goes away where a neighbour's first or last characters decide
// it, or where the neighbour is all there is up to the text's edge, or at least as long as it can see (then it is an
// And with that neighbour alone). Of the others, lookbehinds are an And with the language of everything before,
// lookaheads with that of everything after, as long as the two don't cross.
import { complementCodePoints } from "../term/code-points.ts";
import type { Look, RegexNode } from "./ast.ts";
import { areDisjoint, type Fragment, type FragmentBuilder, isSubset } from "./fragment.ts";

interface LookItem {
  readonly kind: "look";
  readonly behind: boolean;
  readonly negative: boolean;
  /** What must (not) stand there, if that is free of assertions: for decisions by a neighbour. */
  readonly body: Fragment | undefined;
  /** The texts before (after) the place, from the text's start (to its end), that have it. */
  readonly language: Fragment;
}

type Item =
  | { readonly kind: "plain"; readonly fragment: Fragment }
  | LookItem
  | { readonly kind: "fork"; readonly branches: readonly Sequence[] };

type Sequence = readonly Item[];

/** What stands beside a sequence: the text's edge, a fragment, or something that isn't known. */
type Neighbour = "edge" | Fragment | undefined;

/** Thrown inside, caught by `language`: the work is out of proportion. */
export class TooInvolved extends Error {}

/** Sequences that forks may be multiplied out to. */
const maxSequences = 10_000;
/** Items to look at while settling sequences that hold lookarounds. */
const maxVisits = 1_000_000;
/** Lookarounds and forks that may stay in one sequence. */
const maxUndecided = 64;

export class AssertionSequences {
  readonly #builder: FragmentBuilder;
  #sequencesLeft = maxSequences;
  #visitsLeft = maxVisits;

  constructor(builder: FragmentBuilder) {
    this.#builder = builder;
  }

  /** The language of whole texts that `node` matches, or undefined where this method can't have it exactly. */
  language(node: RegexNode): Fragment | undefined {
    try {
      const items = this.#lower(node);
      return items === undefined ? undefined : this.#resolve(this.#settle(items, "edge", "edge"));
    } catch (error) {
      if (error instanceof TooInvolved) return undefined;
      throw error;
    }
  }

  /** The node as a sequence, or undefined: see `language`. */
  #lower(node: RegexNode): Sequence | undefined {
    switch (node.kind) {
      case "set":
        return [plain(this.#builder.set(node.set))];
      case "cat": {
        const items = all(node.items.map((item) => this.#lower(item)));
        return items === undefined ? undefined : this.#settle(items.flat(), undefined, undefined);
      }
      case "alt": {
        const branches = all(node.items.map((item) => this.#lower(item)));
        return branches === undefined ? undefined : this.#settle([{ kind: "fork", branches }], undefined, undefined);
      }
      case "repeat":
        return this.#lowerRepeat(node.item, node.min, node.max);
      case "look":
        return this.#lowerLook(node);
    }
  }

  #lowerRepeat(item: RegexNode, min: number, max: number): Sequence | undefined {
    const body = this.#lower(item);
    if (body === undefined) return undefined;
    const fragment = this.#plainOf(body) ?? this.#plainOf(this.#multiplyOut(body) ?? body);
    if (fragment !== undefined) return this.#sequenceOf(this.#builder.repeat(fragment, min, max));
    if (max === 0) return [];
    const isZeroWidth = this.#lengths(body)[1] === 0;
    if (isZeroWidth) return min === 0 ? [] : body;
    return min === 0 && max === 1 ? [{ kind: "fork", branches: [[], body] }] : undefined;
  }

  #lowerLook(node: Look): Sequence | undefined {
    const items = this.#lower(node.item);
    return items === undefined ? undefined : this.#look(items, node.behind, node.negative);
  }

  /** A lookaround for `items`. */
  #look(items: Sequence, behind: boolean, negative: boolean): Sequence | undefined {
    const any = plain(this.#builder.anyText);
    const whole = behind
      ? this.#settle([any, ...items], "edge", undefined)
      : this.#settle([...items, any], undefined, "edge");
    if (whole.some(behind ? seesAfter : seesBefore)) return this.#lookBothWays(items, behind, negative);
    const language = behind
      ? this.#fromLeft(whole, this.#builder.emptyWord)
      : this.#fromRight(whole, this.#builder.emptyWord);
    return [{ kind: "look", behind, negative, body: this.#plainOf(items), language }];
  }

  /**
   * A lookaround with, at the place itself, something that looks the other way: that can be asked on its own, as in
   * (?!^a|\bb).
   */
  #lookBothWays(items: Sequence, behind: boolean, negative: boolean): Sequence | undefined {
    const here = items.at(behind ? -1 : 0)!;
    const rest = behind ? items.slice(0, -1) : items.slice(1);
    if (here.kind === "look") {
      const others = this.#look(rest, behind, negative);
      if (others === undefined) return undefined;
      return negative
        ? [{ kind: "fork", branches: [[{ ...here, negative: !here.negative }], others] }]
        : [here, ...others];
    }
    if (here.kind !== "fork") return undefined;
    this.#sequencesLeft -= here.branches.length;
    if (this.#sequencesLeft < 0) return undefined;
    const looks = all(
      here.branches.map((branch) => {
        const alone = behind ? [...rest, ...branch] : [...branch, ...rest];
        return this.#look(this.#settle(alone, undefined, undefined), behind, negative);
      }),
    );
    if (looks === undefined) return undefined;
    return negative ? looks.flat() : [{ kind: "fork", branches: looks }];
  }

  #sequenceOf(fragment: Fragment): Sequence {
    return fragment === this.#builder.emptyWord ? [] : [plain(fragment)];
  }

  /** The fragment, if the sequence is nothing else. */
  #plainOf(items: Sequence): Fragment | undefined {
    if (items.length === 0) return this.#builder.emptyWord;
    const [only] = items;
    return items.length === 1 && only!.kind === "plain" ? only!.fragment : undefined;
  }

  /**
   * Simplifies until nothing changes: merges what is plain and removes every assertion that the surroundings decide.
   */
  #settle(items: Sequence, left: Neighbour, right: Neighbour): Sequence {
    let sequence = items;
    for (;;) {
      const merged = this.#merge(sequence);
      if (merged.length <= 1 && merged[0]?.kind !== "fork" && merged[0]?.kind !== "look") return merged;
      if (merged.length > 2 * maxUndecided) return merged;
      const next = this.#settleOnce(merged, left, right);
      if (next === undefined) return merged;
      sequence = next;
    }
  }

  /**
   * Neighbouring fragments become one, forks without assertions become fragments; a sequence that can't match is one
   * empty fragment.
   */
  #merge(items: Sequence): Sequence {
    if (items.some((item) => item.kind !== "plain")) this.#visitsLeft -= items.length;
    if (this.#visitsLeft < 0) throw new TooInvolved();
    const out: Item[] = [];
    let run: Fragment[] = [];
    const flush = (): void => {
      const fragment = this.#builder.cat(run);
      if (fragment !== this.#builder.emptyWord) out.push(plain(fragment));
      run = [];
    };
    const add = (item: Item): void => {
      if (item.kind === "plain") {
        run.push(item.fragment);
        return;
      }
      const simple = item.kind === "fork" ? this.#simplifyFork(item.branches) : [item];
      if (simple.length === 1 && simple[0]!.kind === item.kind) {
        flush();
        out.push(simple[0]!);
      } else for (const each of simple) add(each);
    };
    for (const item of items) add(item);
    flush();
    const isDead = out.some((item) => item.kind === "plain" && item.fragment.term.kind === "empty");
    return isDead ? [plain(this.#builder.nothing)] : out;
  }

  #simplifyFork(branches: readonly Sequence[]): Sequence {
    const plains: Fragment[] = [];
    const others: Sequence[] = [];
    for (const branch of branches) {
      const merged = this.#merge(branch);
      const fragment = this.#plainOf(merged);
      if (fragment === undefined) others.push(merged);
      else if (fragment.term.kind !== "empty") plains.push(fragment);
    }
    const together = plains.length === 0 ? [] : [this.#sequenceOf(this.#builder.alt(plains))];
    if (others.length + together.length === 0) return [plain(this.#builder.nothing)];
    if (others.length + together.length === 1) return [...together, ...others][0]!;
    return [{ kind: "fork", branches: [...together, ...others] }];
  }

  /** One simplification of a merged sequence, or undefined if there is none. */
  #settleOnce(items: Sequence, left: Neighbour, right: Neighbour): Sequence | undefined {
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!;
      if (item.kind === "look") {
        const next = this.#settleLook(items, i, item, item.behind ? left : right);
        if (next !== undefined) return next;
      } else if (item.kind === "fork") {
        const [before] = this.#neighbour(items, i, -1, left);
        const [after] = this.#neighbour(items, i, 1, right);
        const branches = item.branches.map((branch) => this.#settle(branch, before, after));
        if (branches.some((branch, b) => !isSame(branch, item.branches[b]!))) {
          return items.with(i, { kind: "fork", branches });
        }
      }
    }
    return undefined;
  }

  /** What stands next to item `i` in direction `step`, past lookarounds, and its index if it is an item. */
  #neighbour(items: Sequence, i: number, step: 1 | -1, outer: Neighbour): [Neighbour, number | undefined] {
    let at = i + step;
    while (items[at]?.kind === "look") at += step;
    const item = items[at];
    if (item === undefined) return [outer, undefined];
    return item.kind === "plain" ? [item.fragment, at] : [undefined, at];
  }

  #settleLook(items: Sequence, i: number, item: LookItem, outer: Neighbour): Sequence | undefined {
    const [neighbour, at] = this.#neighbour(items, i, item.behind ? -1 : 1, outer);
    const without = items.toSpliced(i, 1);
    const truth = this.#decide(item, neighbour);
    if (truth !== undefined) return truth ? without : [plain(this.#builder.nothing)];
    if (at === undefined) return undefined;
    const target = items[at]!;
    if (target.kind === "fork") {
      const branches = target.branches.map((branch) => (item.behind ? [...branch, item] : [item, ...branch]));
      return items.with(at, { kind: "fork", branches }).toSpliced(i, 1);
    }
    if (target.kind !== "plain") return undefined;
    const isAllThereIs = outer === "edge" && at === (item.behind ? 0 : items.length - 1);
    const isFarEnough = item.body !== undefined && target.fragment.min >= item.body.max;
    if (!isAllThereIs && !isFarEnough) return undefined;
    return items.with(at, plain(this.#restrict(target.fragment, item))).toSpliced(i, 1);
  }

  /** Whether the assertion holds, if what stands beside it is enough to know. */
  #decide(item: LookItem, neighbour: Neighbour): boolean | undefined {
    const { negative, behind, body, language } = item;
    if (language.term.kind === "empty") return negative;
    if (body?.nullable === true) return !negative;
    if (neighbour === "edge") return language.nullable !== negative;
    if (neighbour === undefined || body?.set === undefined || neighbour.min === 0) return undefined;
    const beside = behind ? neighbour.last : neighbour.first;
    if (isSubset(beside, body.set)) return !negative;
    return areDisjoint(beside, body.set) ? negative : undefined;
  }

  /** The part of `fragment` for which the assertion at its start (or, looking behind, at its end) holds. */
  #restrict(fragment: Fragment, { behind, negative, body, language }: LookItem): Fragment {
    const builder = this.#builder;
    if (body?.set !== undefined) {
      const edge = builder.set(negative ? complementCodePoints(body.set) : body.set);
      const restricted = fragment.min > 0 ? builder.withEdge(fragment, edge, behind) : undefined;
      if (restricted !== undefined) return restricted;
      if (negative && edge === builder.nothing) return fragment.nullable ? builder.emptyWord : builder.nothing;
      if (negative && fragment === builder.anyText) {
        return builder.repeat(builder.cat(behind ? [fragment, edge] : [edge, fragment]), 0, 1);
      }
    }
    return negative ? builder.minus(fragment, language) : builder.and(fragment, language);
  }

  /** The words of `before` followed by what the sequence, in which nothing looks ahead, matches there. */
  #fromLeft(items: Sequence, before: Fragment): Fragment {
    return items.reduce<Fragment>((language, item) => {
      if (item.kind === "plain") return this.#builder.cat([language, item.fragment]);
      if (item.kind === "look") return this.#restrict(language, item);
      return this.#builder.alt(item.branches.map((branch) => this.#fromLeft(branch, language)));
    }, before);
  }

  /**
   * The words of what the sequence, in which nothing looks behind, matches before a word of `after`, followed by that
   * word.
   */
  #fromRight(items: Sequence, after: Fragment): Fragment {
    return items.reduceRight<Fragment>((language, item) => {
      if (item.kind === "plain") return this.#builder.cat([item.fragment, language]);
      if (item.kind === "look") return this.#restrict(language, item);
      return this.#builder.alt(item.branches.map((branch) => this.#fromRight(branch, language)));
    }, after);
  }

  /** The language of a settled sequence from the text's start to its end; undefined where lookarounds cross. */
  #resolve(items: Sequence): Fragment | undefined {
    const fragment = this.#plainOf(items);
    if (fragment !== undefined) return fragment;
    if (items.length > 2 * maxUndecided) return undefined;
    const lastBefore = items.findLastIndex(seesBefore);
    const firstAfter = items.findIndex(seesAfter);
    if (firstAfter < 0 || lastBefore < firstAfter) {
      const left = this.#fromLeft(items.slice(0, lastBefore + 1), this.#builder.emptyWord);
      const right = this.#fromRight(items.slice(lastBefore + 1), this.#builder.emptyWord);
      return this.#builder.cat([left, right]);
    }
    return this.#resolveFork(items) ?? this.#resolveFixed(items);
  }

  /** Multiplies the first fork out, best one that looks both ways. */
  #resolveFork(items: Sequence): Fragment | undefined {
    const both = items.findIndex((item) => item.kind === "fork" && seesBefore(item) && seesAfter(item));
    const i = both >= 0 ? both : items.findIndex((item) => item.kind === "fork");
    const fork = items[i];
    if (fork?.kind !== "fork") return undefined;
    const languages: Fragment[] = [];
    for (const branch of fork.branches) {
      if (this.#sequencesLeft-- <= 0) return undefined;
      const settled = this.#settle([...items.slice(0, i), ...branch, ...items.slice(i + 1)], "edge", "edge");
      const language = this.#resolve(settled);
      if (language === undefined) return undefined;
      languages.push(language);
    }
    return this.#builder.alt(languages);
  }

  /** A lookaround at a fixed distance from the text's edge is a condition on the whole text. */
  #resolveFixed(items: Sequence): Fragment | undefined {
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!;
      if (item.kind !== "look") continue;
      const [min, max] = this.#lengths(item.behind ? items.slice(i + 1) : items.slice(0, i));
      if (min !== max) continue;
      const rest = this.#resolve(this.#settle(items.toSpliced(i, 1), "edge", "edge"));
      if (rest === undefined) return undefined;
      const distance = this.#builder.repeat(this.#builder.set(this.#builder.alphabet), min, max);
      const whole = this.#builder.cat(item.behind ? [item.language, distance] : [distance, item.language]);
      return item.negative ? this.#builder.minus(rest, whole) : this.#builder.and(rest, whole);
    }
    return undefined;
  }

  /** The sequence without forks, if every alternative of it is plain: as one fork of plain fragments. */
  #multiplyOut(items: Sequence): Sequence | undefined {
    const i = items.findIndex((item) => item.kind === "fork");
    const fork = items[i];
    if (fork?.kind !== "fork") return undefined;
    const plains: Fragment[] = [];
    for (const branch of fork.branches) {
      if (this.#sequencesLeft-- <= 0) return undefined;
      const settled = this.#settle([...items.slice(0, i), ...branch, ...items.slice(i + 1)], undefined, undefined);
      const fragment = this.#plainOf(settled) ?? this.#plainOf(this.#multiplyOut(settled) ?? settled);
      if (fragment === undefined) return undefined;
      plains.push(fragment);
    }
    return this.#sequenceOf(this.#builder.alt(plains));
  }

  /** The least and the greatest length. */
  #lengths(items: Sequence): [number, number] {
    let [min, max] = [0, 0];
    for (const item of items) {
      if (item.kind === "look") continue;
      const each =
        item.kind === "plain" ? [[item.fragment.min, item.fragment.max]] : item.branches.map((b) => this.#lengths(b));
      min += each.reduce((least, [low]) => Math.min(least, low!), Infinity);
      max += each.reduce((most, [, high]) => Math.max(most, high!), 0);
    }
    return [min, max];
  }
}

function plain(fragment: Fragment): Item {
  return { kind: "plain", fragment };
}

/** Does it hold a lookbehind that isn't decided? */
function seesBefore(item: Item): boolean {
  return item.kind === "fork"
    ? item.branches.some((branch) => branch.some(seesBefore))
    : item.kind === "look" && item.behind;
}

/** Does it hold a lookahead that isn't decided? */
function seesAfter(item: Item): boolean {
  return item.kind === "fork"
    ? item.branches.some((branch) => branch.some(seesAfter))
    : item.kind === "look" && !item.behind;
}

/** Have two sequences the same items? Plain items are compared by their fragment. */
function isSame(a: Sequence, b: Sequence): boolean {
  return (
    a.length === b.length &&
    a.every((item, i) => {
      const other = b[i]!;
      if (item.kind === "plain") return other.kind === "plain" && item.fragment === other.fragment;
      if (item.kind === "fork" && other.kind === "fork") {
        return (
          item.branches.length === other.branches.length &&
          item.branches.every((branch, j) => isSame(branch, other.branches[j]!))
        );
      }
      return item === other;
    })
  );
}

function all<T>(items: readonly (T | undefined)[]): T[] | undefined {
  return items.includes(undefined) ? undefined : (items as T[]);
}
