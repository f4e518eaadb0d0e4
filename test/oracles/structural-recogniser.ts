// Does a sequence of tokens have the form that a structural tag describes? Slow and plain, by the definitions in
// src/structural-tag/README.md: for every format and every place, the places where a match can end. Shares nothing with the library.
import type { StructuralFormat, TagFormat } from "../../src/structural-tag/format.ts";

/** A token: its bytes, or (a special one) its name. */
export type OracleToken = Uint8Array | string;

/** A byte, or a special token's name. */
type Unit = number | string;

/** The ends of the tag around a format; `isLast`: one of them follows, and is part of the match. */
interface Around {
  readonly ends: readonly Unit[][];
  readonly isLast: boolean;
}

/** `vocabulary`: the tokens by id. */
export function hasStructure(
  format: StructuralFormat,
  tokens: readonly OracleToken[],
  vocabulary: readonly OracleToken[],
): boolean {
  const recogniser = new Recogniser(tokens, vocabulary);
  return recogniser.ends(format, 0, { ends: [], isLast: false }).has(recogniser.length);
}

const encode = (text: string): Unit[] => [...new TextEncoder().encode(text)];

const markerUnits = (marker: TagFormat["begin"]): Unit[] =>
  typeof marker === "string" ? encode(marker) : [String(marker.token)];

const isOne = (end: TagFormat["end"]): end is TagFormat["begin"] => !Array.isArray(end);

class Recogniser {
  private readonly units: Unit[] = [];
  /** By unit: the number of its token. */
  private readonly tokenOf: number[] = [];
  /** By token: its first unit, and one more at the end. */
  private readonly starts: number[] = [];

  private readonly vocabulary: readonly OracleToken[];

  constructor(tokens: readonly OracleToken[], vocabulary: readonly OracleToken[]) {
    this.vocabulary = vocabulary;
    tokens.forEach((token, i) => {
      this.starts.push(this.units.length);
      for (const unit of typeof token === "string" ? [token] : token) {
        this.units.push(unit);
        this.tokenOf.push(i);
      }
    });
    this.starts.push(this.units.length);
  }

  get length(): number {
    return this.units.length;
  }

  /** The places where a match of `format` that begins at `from` can end, the tag's end included where it follows. */
  ends(format: StructuralFormat, from: number, around: Around): Set<number> {
    switch (format.type) {
      case "any_text":
        return this.freeText(from, format.excludes ?? [], around, [], format.max_tokens ?? Infinity, false);
      case "sequence":
        return format.elements.reduce(
          (places, each, i) =>
            this.after(places, (at) =>
              this.ends(each, at, { ...around, isLast: around.isLast && i === format.elements.length - 1 }),
            ),
          new Set([from]),
        );
      case "or":
        return union(format.elements.map((each) => this.ends(each, from, around)));
      case "optional":
        return union([this.ends(format.content, from, around), this.close(new Set([from]), around)]);
      case "triggered_tags":
        return this.triggered(format, from, around);
      case "dispatch":
        return this.dispatch(format, from, around);
      default:
        return this.close(this.closed(format, from, around), around);
    }
  }

  private closed(format: StructuralFormat, from: number, around: Around): Set<number> {
    const inside = { ...around, isLast: false };
    switch (format.type) {
      case "const_string":
        return this.literal(encode(format.value), from);
      case "regex": {
        const pattern = new RegExp(`^(?:${format.pattern})$`, "u");
        return this.texts(from, (text) => pattern.test(text));
      }
      case "json_schema":
        return this.texts(from, (text) => matchesJson(format.json_schema, text));
      case "star":
      case "plus": {
        const some = this.repeated(format.content, from, inside, format.type === "plus" ? 1 : 0, Infinity);
        return some;
      }
      case "repeat": {
        const max = format.max ?? -1;
        return this.repeated(format.content, from, inside, format.min, max < 0 ? Infinity : max);
      }
      case "tag":
        return this.tag(format, from);
      case "tags_with_separator": {
        const tag: StructuralFormat = { type: "or", elements: format.tags };
        const more: StructuralFormat = {
          type: "sequence",
          elements: [{ type: "const_string", value: format.separator }, tag],
        };
        const first = this.ends(tag, from, { ends: [], isLast: false });
        const all = format.stop_after_first
          ? first
          : this.after(first, (at) => this.closed({ type: "star", content: more }, at, { ends: [], isLast: false }));
        return format.at_least_one ? all : union([all, new Set([from])]);
      }
      case "token":
        return new Set(this.units[from] === String(format.token) ? [from + 1] : []);
      case "exclude_token":
        return this.anyToken(format.exclude_tokens ?? [], around, from);
      case "any_tokens": {
        let places = new Set([from]);
        const found = new Set(places);
        for (let k = 0; k < (format.max_tokens ?? Infinity) && places.size > 0; k++) {
          places = this.after(places, (at) => this.anyToken(format.exclude_tokens ?? [], around, at));
          for (const place of places) found.add(place);
        }
        return found;
      }
      case "token_triggered_tags":
        return this.tokenTriggered(format, from, around);
      default:
        throw new Error(`the oracle has no ${format.type}`);
    }
  }

  private anyToken(excluded: readonly (string | number)[], { ends }: Around, from: number): Set<number> {
    const token = this.starts.indexOf(from);
    if (token < 0 || from === this.length) return new Set();
    const to = this.starts[token + 1]!;
    const same = (units: readonly Unit[]) => units.join() === this.units.slice(from, to).join();
    const isExcluded = excluded.some((each) => same(typeof each === "string" ? [each] : [...this.vocabulary[each]!]));
    return new Set(isExcluded || ends.some((end) => typeof end[0] === "string" && same(end)) ? [] : [to]);
  }

  private tag(format: TagFormat, from: number): Set<number> {
    const ends = (isOne(format.end) ? [format.end] : [...format.end]).map(markerUnits);
    return this.after(this.literal(markerUnits(format.begin), from), (at) =>
      this.ends(format.content, at, { ends, isLast: true }),
    );
  }

  private triggered(format: StructuralFormat & { type: "triggered_tags" }, from: number, around: Around): Set<number> {
    const first = union(format.tags.map((tag) => this.tag({ ...tag, type: "tag" }, from)));
    if (format.at_least_one && format.stop_after_first) return this.close(first, around);
    const branches = format.tags.map((tag) => {
      const begin = markerUnits(tag.begin);
      const triggers = format.triggers
        .map(markerUnits)
        .filter((trigger) => trigger.every((unit, i) => unit === begin[i]));
      const ends = (at: number) => this.tag({ ...tag, type: "tag" }, at);
      return { triggers, ends: (at: number) => (format.stop_after_first ? this.close(ends(at), around) : ends(at)) };
    });
    const others = format.triggers.map(markerUnits);
    const rest = (at: number) =>
      this.freeText(at, format.excludes ?? [], around, branches, Infinity, format.stop_after_first ?? false, others);
    return format.at_least_one ? this.after(first, rest) : rest(from);
  }

  private dispatch(format: StructuralFormat & { type: "dispatch" }, from: number, around: Around): Set<number> {
    const isOnly = format.loop === false;
    const inner = { ...around, isLast: around.isLast && isOnly };
    const branches = format.rules.map(([pattern, content]) => ({
      triggers: [encode(pattern)],
      ends: (at: number) =>
        this.after(this.literal(encode(pattern), at), (behind) => this.ends(content, behind, inner)),
    }));
    const triggers = branches.flatMap((branch) => branch.triggers);
    return this.freeText(from, format.excludes ?? [], around, branches, Infinity, isOnly, triggers);
  }

  private tokenTriggered(
    format: StructuralFormat & { type: "token_triggered_tags" },
    from: number,
    around: Around,
  ): Set<number> {
    const exclude_tokens = [...(format.exclude_tokens ?? []), ...format.trigger_tokens];
    const between = (at: number) => this.closed({ type: "any_tokens", exclude_tokens }, at, around);
    const tag = (at: number) => union(format.tags.map((each) => this.tag({ ...each, type: "tag" }, at)));
    const first = format.at_least_one ? tag(from) : new Set([from]);
    if (format.at_least_one && format.stop_after_first) return first;
    let places = this.after(first, between);
    if (format.stop_after_first) return union([places, this.after(places, tag)]);
    const found = new Set<number>();
    while (places.size > 0) {
      for (const place of places) found.add(place);
      places = this.after(this.after(places, tag), between);
    }
    return found;
  }

  /** Free text up to the first stop in it: an end of the tag around it, or a trigger, where a branch follows. */
  private freeText(
    from: number,
    excludes: readonly string[],
    around: Around,
    branches: readonly { triggers: readonly Unit[][]; ends: (at: number) => Set<number> }[],
    maxTokens: number,
    /** What a branch gives is the end. */
    isOnly: boolean,
    triggers: readonly Unit[][] = [],
  ): Set<number> {
    const found = new Set<number>();
    const ends = around.ends.filter((end) => end.length > 0);
    const stops = [...triggers, ...(around.isLast ? ends : [])];
    const forbidden = [...excludes.map(encode), ...triggers, ...ends];
    /** Is no stop complete between `from` and `to`, before `to`? */
    const isFirst = (to: number) =>
      !stops.some((stop) => {
        for (let at = from; at + stop.length < to; at++) if (this.literal(stop, at).size > 0) return true;
        return false;
      });
    for (let to = from; to <= this.length; to++) {
      const text = this.units.slice(from, to);
      if (text.some((unit) => typeof unit === "string")) break;
      if (new Set(this.tokenOf.slice(from, to)).size > maxTokens) break;
      if (!isText(text as number[])) continue;
      const holds = (word: readonly Unit[]) =>
        text.some((_, at) => at + word.length <= text.length && word.every((unit, i) => text[at + i] === unit));
      if (forbidden.some(holds)) continue;
      if (!around.isLast || around.ends.some((end) => end.length === 0)) found.add(to);
      if (around.isLast) {
        for (const end of ends) for (const at of this.literal(end, to)) if (isFirst(at)) found.add(at);
      }
      for (const { triggers: own, ends: branchEnds } of branches) {
        if (!own.some((trigger) => this.literal(trigger, to).size > 0 && isFirst(to + trigger.length))) continue;
        for (const at of branchEnds(to)) {
          const more = isOnly ? [at] : this.freeText(at, excludes, around, branches, maxTokens, isOnly, triggers);
          for (const each of more) found.add(each);
        }
      }
    }
    return found;
  }

  private repeated(content: StructuralFormat, from: number, around: Around, min: number, max: number): Set<number> {
    const enough = this.length + 1;
    let places = new Set([from]);
    for (let k = 0; k < Math.min(min, enough); k++) places = this.after(places, (at) => this.ends(content, at, around));
    const found = new Set(places);
    for (let k = 0; k < Math.min(max - min, enough) && places.size > 0; k++) {
      places = this.after(places, (at) => this.ends(content, at, around));
      for (const place of places) found.add(place);
    }
    return found;
  }

  private close(places: ReadonlySet<number>, { ends, isLast }: Around): Set<number> {
    if (!isLast) return new Set(places);
    return this.after(places, (at) => union(ends.map((end) => this.literal(end, at))));
  }

  private literal(word: readonly Unit[], from: number): Set<number> {
    return new Set(word.every((unit, i) => this.units[from + i] === unit) ? [from + word.length] : []);
  }

  /** Where a text of which `isIt` holds, begun at `from`, ends. */
  private texts(from: number, isIt: (text: string) => boolean): Set<number> {
    const found = new Set<number>();
    for (let to = from; to <= this.length; to++) {
      const units = this.units.slice(from, to);
      if (units.some((unit) => typeof unit === "string")) break;
      if (isText(units as number[]) && isIt(new TextDecoder().decode(Uint8Array.from(units as number[]))))
        found.add(to);
    }
    return found;
  }

  private after(places: ReadonlySet<number>, next: (at: number) => Set<number>): Set<number> {
    return union([...places].map(next));
  }
}

function union(sets: readonly Set<number>[]): Set<number> {
  return new Set(sets.flatMap((set) => [...set]));
}

function isText(bytes: readonly number[]): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
    return true;
  } catch {
    return false;
  }
}

/** Only the schemas that the tests use: an `enum`, written without spaces. */
function matchesJson(schema: unknown, text: string): boolean {
  return (schema as { enum: unknown[] }).enum.some((value) => JSON.stringify(value) === text);
}
