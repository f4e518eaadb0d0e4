// Structural tag → term, the entry of this folder. Each format is lowered with what it stands in: the ends of the tag around it, which its
// free text may not hold, and whether such an end is what follows.
//   1. fields are read and checked (fields.ts)
//   2. json_schema, regex and grammar go to their front-ends; errors get their place in the whole (relocate.ts); XML styles: xml-style.ts
//   3. free text, with the tags that may interrupt it and the end that follows it, becomes a procedure (free-text.ts)
// What each format means, exactly: README.md.
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { lowerGrammar } from "../ebnf/lower.ts";
import type { DroppedKeyword } from "../json-schema/keywords/dropped-keywords.ts";
import { type LoweredSchema, lowerSchema, type SchemaOptions } from "../json-schema/lower-schema.ts";
import { jsonOfValue, printJson } from "../json-schema/reading/json-text.ts";
import { lowerRegex } from "../regex/lower-regex.ts";
import type { UnicodeTables } from "../regex/unicode-tables.ts";
import { alt, call, cat, custom, epsilon, literal, Rule, repeat, type Term, token, words } from "../term/term.ts";
import { BoundedTextProcedure } from "./bounded-text-procedure.ts";
import { Fields } from "./fields.ts";
import { FreeText, type Stop } from "./free-text.ts";
import { below, relocated } from "./relocate.ts";
import { TextProcedure } from "./text-procedure.ts";
import type { TokenNames } from "./token-names.ts";
import { isXmlStyle, lowerXmlStyle } from "./xml-style.ts";

export interface StructuralTagOptions {
  /** For every `json_schema` in it. */
  readonly schema: Partial<Omit<SchemaOptions, "limits">> & Pick<SchemaOptions, "languages">;
  readonly tokens: TokenNames;
  readonly unicode: UnicodeTables;
  readonly limits: Limits;
}

/** Where a format stands. */
interface Place {
  readonly depth: number;
  /** The ends of the innermost tag around it. */
  readonly ends: Ends | null;
  /** Does one of the ends follow it? Then it is part of what the format is lowered to. */
  readonly isLast: boolean;
}

/** How a tag ends: with one of some texts, with one of some special tokens, or with nothing. */
interface Ends {
  readonly texts: readonly Uint8Array[];
  readonly tokens: readonly number[];
  readonly mayBeNothing: boolean;
  readonly term: Term;
}

/**
 * The term of `format`, whose JSON Pointer is `pointer`, and what a lenient mode left out of its schemas. Throws a ConstraintError with the place
 * for what is malformed or not supported; "limit" over a budget.
 */
export function lowerStructuralTag(format: unknown, pointer: string, options: StructuralTagOptions): LoweredSchema {
  const lowering = new Lowering(options);
  const term = lowering.lower(format, pointer, { depth: 0, ends: null, isLast: false });
  return { term, dropped: lowering.dropped };
}

/** Bytes of one text: beyond about 100,000 items in one place a JavaScript engine's stack overflows. */
const maxTextBytes = 50_000;
const encoder = new TextEncoder();

class Lowering {
  readonly dropped: DroppedKeyword[] = [];
  private readonly options: StructuralTagOptions;
  /** By style, options and text: tools often have the same parameters, or none, and some dialects have two ways to call each. */
  private readonly schemas = new Map<string, LoweredSchema>();
  private count = 0;

  constructor(options: StructuralTagOptions) {
    this.options = options;
  }

  /** The term of `format`, and of the end that follows it. */
  lower(format: unknown, pointer: string, place: Place): Term {
    const fields = new Fields(format, pointer);
    this.spend(fields, place);
    const type = fields.string("type");
    switch (type) {
      case "any_text":
        return this.anyText(fields, place);
      case "sequence":
        return this.sequence(fields, place);
      case "or":
        return this.or(fields, place);
      case "optional":
        fields.only("type", "content");
        return alt(this.content(fields, place), ending(place));
      case "triggered_tags":
        return this.triggeredTags(fields, place);
      case "dispatch":
        return this.dispatch(fields, place);
      default:
        return cat(this.lowerClosed(type, fields, place), ending(place));
    }
  }

  /** The formats for which it doesn't matter what follows. */
  private lowerClosed(type: string, fields: Fields, place: Place): Term {
    switch (type) {
      case "const_string":
        fields.only("type", "value");
        return this.literal(fields.string("value"), fields.at("value"));
      case "json_schema":
        return this.jsonSchema(fields, fields.has("style") ? fields.string("style") : "json");
      case "qwen_xml_parameter":
        return this.jsonSchema(fields, "qwen_xml");
      case "regex":
        return this.regex(fields);
      case "grammar":
        return this.grammar(fields);
      case "token":
        return token(this.tokenId(fields));
      case "exclude_token":
      case "any_tokens":
        return this.anyTokens(type, fields, place);
      case "token_triggered_tags":
        return this.tokenTriggeredTags(fields, place);
      case "tag":
        return this.tag(fields, place);
      case "tags_with_separator":
        return this.tagsWithSeparator(fields, place);
      case "star":
      case "plus":
        fields.only("type", "content");
        return repeat(this.repeated(fields, place), type === "star" ? 0 : 1, Infinity);
      case "repeat":
        return this.repeat(fields, place);
      default:
        throw fields.error("unsupported", "/type", `there is no format ${JSON.stringify(type)}`);
    }
  }

  private spend(fields: Fields, { depth }: Place): void {
    const { maxDepth, maxTermNodes } = this.options.limits;
    if (depth > maxDepth) throw fields.error("limit", "", `formats nest deeper than ${maxDepth} (limits.maxDepth)`);
    if (++this.count > maxTermNodes) {
      throw fields.error("limit", "", `there are more than ${maxTermNodes} formats (limits.maxTermNodes)`);
    }
  }

  private literal(text: string, pointer: string): Term {
    return literal(this.bytes(text, pointer));
  }

  private bytes(text: string, pointer: string): Uint8Array {
    if (/\p{Surrogate}/u.test(text)) {
      throw new ConstraintError("invalid", "half of a surrogate pair has no UTF-8", { pointer });
    }
    const bytes = encoder.encode(text);
    if (bytes.length <= maxTextBytes) return bytes;
    throw new ConstraintError("limit", `a text here may have at most ${maxTextBytes} bytes`, { pointer });
  }

  private content(fields: Fields, place: Place): Term {
    return this.lower(fields.required("content"), fields.at("content"), { ...place, depth: place.depth + 1 });
  }

  /** What may come again behind itself: no end follows. */
  private repeated(fields: Fields, place: Place): Term {
    return this.content(fields, { ...place, isLast: false });
  }

  private repeat(fields: Fields, place: Place): Term {
    fields.only("type", "content", "min", "max");
    fields.required("min");
    const min = fields.integer("min", 0)!;
    const max = fields.integer("max", -1) ?? -1;
    if (max >= 0 && max < min) throw fields.invalid("/max", `max is less than min (${min})`);
    return repeat(this.repeated(fields, place), min, max < 0 ? Infinity : max);
  }

  private sequence(fields: Fields, place: Place): Term {
    fields.only("type", "elements");
    const elements = fields.list("elements", 1);
    const inner = { ...place, depth: place.depth + 1 };
    return cat(
      ...elements.map((each, i) =>
        this.lower(each, `${fields.at("elements")}/${i}`, {
          ...inner,
          isLast: place.isLast && i === elements.length - 1,
        }),
      ),
    );
  }

  private or(fields: Fields, place: Place): Term {
    fields.only("type", "elements");
    const inner = { ...place, depth: place.depth + 1 };
    return alt(
      ...fields.list("elements", 1).map((each, i) => this.lower(each, `${fields.at("elements")}/${i}`, inner)),
    );
  }

  private regex(fields: Fields): Term {
    fields.only("type", "pattern");
    const { limits, unicode } = this.options;
    const pattern = fields.string("pattern");
    return relocated(below(fields.at("pattern")), () => lowerRegex(pattern, { limits, unicode }));
  }

  private grammar(fields: Fields): Term {
    fields.only("type", "grammar");
    const { limits, tokens } = this.options;
    const grammar = fields.string("grammar");
    return relocated(below(fields.at("grammar")), () => lowerGrammar(grammar, { ...tokens.grammarTokens, limits }));
  }

  private jsonSchema(fields: Fields, style: string): Term {
    fields.only("type", "json_schema", "style", "strict", "any_order");
    if (style !== "json" && !isXmlStyle(style)) {
      throw fields.error("unsupported", "/style", `there is no style ${JSON.stringify(style)}`);
    }
    const place = below(fields.at("json_schema"));
    const strict = fields.boolean("strict") ?? false;
    const anyOrder = fields.boolean("any_order") ?? (strict ? false : undefined);
    const order = anyOrder === undefined ? {} : { propertyOrder: anyOrder ? ("any" as const) : ("schema" as const) };
    const { schema: options, limits, tokens } = this.options;
    const schema = fields.required("json_schema");
    const all = { ...options, ...order, limits };
    const { term, dropped } = relocated(place, () => {
      const text = typeof schema === "string" ? schema : printJson(jsonOfValue(schema, limits));
      const key = JSON.stringify([style, strict, anyOrder, text]);
      const known = this.schemas.get(key);
      if (known !== undefined) return known;
      // Also where it is written another way, a schema is in the subset or not.
      const json = style === "json" || strict ? lowerSchema(schema, { ...all, strict }) : undefined;
      const lowered = style === "json" ? json! : lowerXmlStyle(schema, style, all, (name) => tokens.specialOf(name));
      this.schemas.set(key, lowered);
      return lowered;
    });
    for (const each of dropped) this.dropped.push({ ...each, pointer: place(each.pointer) });
    return term;
  }

  /** The id of a special token, given by `token`. */
  private tokenId(fields: Fields): number {
    fields.only("type", "token");
    const name = fields.required("token");
    return relocated(below(fields.at("token")), () => this.options.tokens.special(name));
  }

  /** A text, or the id of a special token. */
  private marker(value: unknown, pointer: string): string | number {
    if (typeof value === "string") return value;
    const fields = new Fields(value, pointer);
    if (fields.string("type") !== "token") throw fields.invalid("/type", "a text or a token is expected here");
    return this.tokenId(fields);
  }

  private tag(fields: Fields, place: Place): Term {
    fields.only("type", "begin", "content", "end");
    const begin = this.marker(fields.required("begin"), fields.at("begin"));
    const ends = this.ends(fields);
    return cat(
      typeof begin === "string" ? this.literal(begin, fields.at("begin")) : token(begin),
      this.content(fields, { ...place, ends, isLast: true }),
    );
  }

  private ends(fields: Fields): Ends {
    const end = fields.required("end");
    const pointer = fields.at("end");
    const markers = Array.isArray(end)
      ? fields.list("end", 1).map((each, i) => this.marker(each, `${pointer}/${i}`))
      : [this.marker(end, pointer)];
    const texts = markers.flatMap((each) =>
      typeof each === "string" && each !== "" ? [this.bytes(each, pointer)] : [],
    );
    const tokens = markers.flatMap((each) => (typeof each === "number" ? [each] : []));
    const mayBeNothing = markers.includes("");
    const term = alt(words(texts), token(...new Set(tokens)), ...(mayBeNothing ? [epsilon] : []));
    return { texts, tokens, mayBeNothing, term };
  }

  private anyText(fields: Fields, place: Place): Term {
    fields.only("type", "excludes", "max_tokens");
    const max = fields.integer("max_tokens", 0);
    const text = this.freeText(fields, place, []);
    return custom("free text", max === undefined ? new TextProcedure(text) : new BoundedTextProcedure(text, max));
  }

  /** Free text with `interruptions` in it, and what ends it. */
  private freeText(fields: Fields, place: Place, interruptions: readonly Stop[]): FreeText {
    const excludes: Uint8Array[] = fields
      .texts("excludes")
      .map((each, i) => this.bytes(each, `${fields.at("excludes")}/${i}`));
    const { ends, isLast } = place;
    const stops = [...interruptions];
    if (ends !== null && isLast) {
      for (const word of ends.texts) stops.push({ word, term: literal(word), isLast: true });
      if (ends.tokens.length > 0) stops.push({ word: null, term: token(...ends.tokens), isLast: true });
    } else if (ends !== null) {
      excludes.push(...ends.texts);
    }
    const mayEnd = ends === null || !isLast || ends.mayBeNothing;
    return relocated(below(fields.pointer), () => new FreeText({ excludes, stops, mayEnd }, this.options.limits));
  }

  private triggeredTags(fields: Fields, place: Place): Term {
    fields.only("type", "triggers", "tags", "at_least_one", "stop_after_first", "excludes");
    const isOnly = fields.boolean("stop_after_first") ?? false;
    const triggers = fields.list("triggers", 1).map((each, i) => {
      const trigger = this.marker(each, `${fields.at("triggers")}/${i}`);
      if (trigger === "") throw fields.invalid(`/triggers/${i}`, "a trigger may not be empty");
      return trigger;
    });
    const firstTrigger = triggerFinder(triggers);
    const tagsOf: Term[][] = triggers.map(() => []);
    const all: Term[] = [];
    fields.list("tags", 1).forEach((value, i) => {
      const { begin, term } = this.tagIn(fields, value, `/tags/${i}`, place);
      const trigger = firstTrigger(begin);
      if (trigger < 0) throw fields.invalid(`/tags/${i}/begin`, "the tag's begin doesn't begin with a trigger");
      // One rule, however often the tag is called.
      const whole = call(new Rule(`tag ${JSON.stringify(begin)}`, isOnly ? cat(term, ending(place)) : term));
      tagsOf[trigger]!.push(whole);
      all.push(whole);
    });
    const isFirst = fields.boolean("at_least_one") ?? false;
    if (isFirst && isOnly) return alt(...all);
    const stops = triggers.map((trigger, i): Stop => {
      const word = typeof trigger === "string" ? this.bytes(trigger, `${fields.at("triggers")}/${i}`) : null;
      return { word, term: alt(...tagsOf[i]!), isLast: isOnly };
    });
    const text = this.freeText(fields, place, stops);
    for (const i of triggers.keys()) {
      if (tagsOf[i]!.length === 0 || text.isReachable[i]) continue;
      throw fields.invalid(
        `/triggers/${i}`,
        "another trigger, or an end, is always complete within this trigger before it is",
      );
    }
    const term = custom("free text", new TextProcedure(text));
    return isFirst ? cat(alt(...all), term) : term;
  }

  /** A tag of a list of tags: its begin, and its term. */
  private tagIn(fields: Fields, value: unknown, at: string, place: Place): { begin: string | number; term: Term } {
    const tag = new Fields(value, fields.pointer + at);
    const inner = { ...place, depth: place.depth + 1 };
    this.spend(tag, inner);
    if (tag.has("type") && tag.string("type") !== "tag") throw tag.invalid("/type", "a tag is expected here");
    const begin = this.marker(tag.required("begin"), tag.at("begin"));
    return { begin, term: this.tag(tag, inner) };
  }

  private tagsWithSeparator(fields: Fields, place: Place): Term {
    fields.only("type", "tags", "separator", "at_least_one", "stop_after_first");
    const tags = fields.list("tags", 1).map((value, i) => this.tagIn(fields, value, `/tags/${i}`, place).term);
    const tag = call(new Rule("a tag", alt(...tags)));
    const separator = this.literal(fields.string("separator"), fields.at("separator"));
    const isOnly = fields.boolean("stop_after_first") ?? false;
    const some = isOnly ? tag : cat(tag, repeat(cat(separator, tag), 0, Infinity));
    return fields.boolean("at_least_one") === true ? some : alt(some, epsilon);
  }

  private dispatch(fields: Fields, place: Place): Term {
    fields.only("type", "rules", "loop", "excludes");
    const isOnly = fields.boolean("loop") === false;
    const inner = { depth: place.depth + 1, ends: place.ends, isLast: place.isLast && isOnly };
    const stops = fields.list("rules", 1).map((value, i): Stop => {
      const at = `/rules/${i}`;
      if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== "string" || value[0] === "") {
        throw fields.invalid(at, "a rule must be a pattern that isn't empty, and a format");
      }
      const word = this.bytes(value[0], `${fields.pointer}${at}/0`);
      return {
        word,
        term: cat(literal(word), this.lower(value[1], `${fields.pointer}${at}/1`, inner)),
        isLast: isOnly,
      };
    });
    const text = this.freeText(fields, place, stops);
    for (const i of stops.keys()) {
      if (!text.isReachable[i]) {
        throw fields.invalid(
          `/rules/${i}/0`,
          "another pattern, or an end, is always complete within this pattern before it is",
        );
      }
    }
    return custom("free text", new TextProcedure(text));
  }

  private anyTokens(type: "exclude_token" | "any_tokens", fields: Fields, place: Place): Term {
    fields.only("type", "exclude_tokens", ...(type === "any_tokens" ? ["max_tokens"] : []));
    const max = fields.integer("max_tokens", 0) ?? Infinity;
    const excluded = new Set([...this.tokenIds(fields, "exclude_tokens"), ...(place.ends?.tokens ?? [])]);
    return relocated(below(fields.pointer), () =>
      this.options.tokens.anyToken(excluded, { isOne: type === "exclude_token", max }),
    );
  }

  private tokenTriggeredTags(fields: Fields, place: Place): Term {
    fields.only("type", "trigger_tokens", "tags", "at_least_one", "stop_after_first", "exclude_tokens");
    const triggers = this.tokenIds(fields, "trigger_tokens");
    const tags = fields.list("tags", 1).map((value, i) => {
      const { begin, term } = this.tagIn(fields, value, `/tags/${i}`, place);
      if (typeof begin === "number" && triggers.includes(begin)) return term;
      throw fields.invalid(`/tags/${i}/begin`, "the tag doesn't begin with a trigger");
    });
    const tag = call(new Rule("a tag", alt(...tags)));
    const excluded = new Set([...triggers, ...this.tokenIds(fields, "exclude_tokens"), ...(place.ends?.tokens ?? [])]);
    const between = relocated(below(fields.pointer), () =>
      this.options.tokens.anyToken(excluded, { isOne: false, max: Infinity }),
    );
    const isFirst = fields.boolean("at_least_one") === true;
    if (fields.boolean("stop_after_first") === true) return isFirst ? tag : cat(between, alt(tag, epsilon));
    return cat(isFirst ? tag : epsilon, between, repeat(cat(tag, between), 0, Infinity));
  }

  private tokenIds(fields: Fields, name: string): readonly number[] {
    if (!fields.has(name)) return [];
    return fields
      .list(name, 0)
      .map((each, i) => relocated(below(`${fields.at(name)}/${i}`), () => this.options.tokens.id(each)));
  }
}

/** The end that follows in `place`. */
function ending({ ends, isLast }: Place): Term {
  return ends !== null && isLast ? ends.term : epsilon;
}

/** Finds the trigger that a tag's begin completes first, which is the shortest that it begins with; −1: none. */
function triggerFinder(triggers: readonly (string | number)[]): (begin: string | number) => number {
  const places = new Map<string | number, number>();
  triggers.forEach((trigger, i) => {
    if (!places.has(trigger)) places.set(trigger, i);
  });
  const lengths = new Set(triggers.map((trigger) => (typeof trigger === "string" ? trigger.length : 0)));
  const ascending = [...lengths].sort((a, b) => a - b);
  return (begin) => {
    if (typeof begin === "number") return places.get(begin) ?? -1;
    for (const length of ascending) {
      const place = length === 0 ? undefined : places.get(begin.slice(0, length));
      if (place !== undefined) return place;
    }
    return -1;
  };
}
