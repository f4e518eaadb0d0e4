// What a caller can ask for, and which front-end lowers it to a term.
import { ConstraintError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { type GrammarTokens, lowerGrammar } from "../ebnf/lower.ts";
import { type LoweredSchema, lowerSchema, type SchemaOptions } from "../json-schema/lower-schema.ts";
import { StringLanguages } from "../json-schema/strings/string-languages.ts";
import { lowerRegex } from "../regex/lower-regex.ts";
import { UnicodeTables } from "../regex/unicode-tables.ts";
import type { LegacyStructure, StructuralFormat } from "../structural-tag/format.ts";
import { lowerStructuralTag } from "../structural-tag/lower-structural-tag.ts";
import { lowerStructures } from "../structural-tag/lower-structures.ts";
import { TokenNames, type TokenTexts } from "../structural-tag/token-names.ts";
import { anyCodePoint, codePointsTerm } from "../term/code-points.ts";
import { repeat, type Term, words } from "../term/term.ts";
import { checkSpec } from "./check-spec.ts";
import { type ResponseSchema, readResponseFormat } from "./response-format.ts";

/** A JSON Schema (a parsed value, or its text, which keeps integer-like keys in order and numbers as spelled) and how its texts may look. */
export interface JsonSchemaSpec extends Partial<Omit<SchemaOptions, "limits" | "languages">> {
  readonly type: "json_schema";
  readonly schema: unknown;
}

/** The same as a chat completion's `response_format` says it. */
export interface ResponseFormatSpec extends Partial<Omit<SchemaOptions, "limits" | "languages" | "strict">> {
  readonly type: "json_schema";
  readonly json_schema: ResponseSchema;
}

/** A JSON object of any content. */
export interface JsonObjectSpec extends Partial<Omit<SchemaOptions, "limits" | "languages" | "documents">> {
  readonly type: "json_object";
}

/** An ECMAScript regex: the whole text matches, or, with `search`, contains a match. */
export interface RegexSpec {
  readonly type: "regex";
  readonly pattern: string;
  readonly flags?: string;
  readonly search?: boolean;
}

/** A grammar in GBNF, from the rule `root` on (default "root"). */
export interface EbnfSpec {
  readonly type: "ebnf";
  readonly grammar: string;
  readonly root?: string;
  readonly dialect?: "gbnf";
}

/** One of some texts. */
export interface ChoiceSpec {
  readonly type: "choice";
  readonly choices: readonly string[];
}

/** Any text at all. */
export interface TextSpec {
  readonly type: "text";
}

/** What the JSON Schemas in a structural tag are read by, where they don't say otherwise; `schemaFormat` is their `format` option. */
interface StructuralTagDefaults
  extends Partial<Omit<SchemaOptions, "limits" | "languages" | "documents" | "strict" | "format">> {
  readonly type: "structural_tag";
  readonly schemaFormat?: SchemaOptions["format"];
}

/** A text that is partly free and partly bound: see structural-tag/format.ts. */
export interface StructuralTagSpec extends StructuralTagDefaults {
  readonly format: StructuralFormat;
}

/** Its older form: free text in which each structure's begin is followed by its JSON and its end. */
export interface LegacyStructuralTagSpec extends StructuralTagDefaults {
  readonly structures: readonly LegacyStructure[];
  readonly triggers: readonly string[];
}

export type ConstraintSpec =
  | JsonSchemaSpec
  | ResponseFormatSpec
  | JsonObjectSpec
  | RegexSpec
  | EbnfSpec
  | ChoiceSpec
  | TextSpec
  | StructuralTagSpec
  | LegacyStructuralTagSpec;

/** What front-ends keep from one constraint to the next. */
export class SharedLanguages {
  readonly unicode = new UnicodeTables();
  private readonly limits: Limits;
  private kept: StringLanguages;

  constructor(limits: Limits) {
    this.limits = limits;
    this.kept = new StringLanguages(limits, this.unicode);
  }

  get languages(): StringLanguages {
    if (this.kept.isFull) this.kept = new StringLanguages(this.limits, this.unicode);
    return this.kept;
  }
}

/** The term, and what the lenient mode left out. Throws a ConstraintError with its place for what is malformed or not supported. */
export function lowerSpec(
  spec: ConstraintSpec,
  limits: Limits,
  tokens: GrammarTokens,
  texts: TokenTexts,
  shared: SharedLanguages,
): LoweredSchema {
  checkSpec(spec);
  const { unicode, languages } = shared;
  switch (spec.type) {
    case "json_schema": {
      const { type: _, schema, ...options } = "json_schema" in spec ? readResponseFormat(spec) : spec;
      return lowerSchema(schema, { ...options, limits, languages });
    }
    case "json_object": {
      const { type: _, ...options } = spec;
      return lowerSchema({ type: "object" }, { ...options, limits, languages });
    }
    case "regex": {
      const { pattern, flags = "", search = false } = spec;
      return whole(lowerRegex(pattern, { flags, search, limits, unicode }));
    }
    case "ebnf": {
      const { grammar, root, dialect } = spec;
      // JSON has no undefined: null is no name of a rule.
      return whole(lowerGrammar(grammar, { root: root ?? undefined, dialect, ...tokens, limits }));
    }
    case "choice":
      return whole(words(checkChoices(spec.choices)));
    case "text":
      return whole(repeat(codePointsTerm(anyCodePoint), 0, Infinity));
    case "structural_tag":
      return lowerTag(spec, limits, new TokenNames(tokens, texts), shared);
  }
}

function lowerTag(
  spec: StructuralTagSpec | LegacyStructuralTagSpec,
  limits: Limits,
  tokens: TokenNames,
  { unicode, languages }: SharedLanguages,
): LoweredSchema {
  const { propertyOrder, whitespace, unknownFormat, lenient, schemaFormat } = spec;
  const schema = { propertyOrder, whitespace, unknownFormat, lenient, format: schemaFormat, languages };
  const options = { schema, tokens, unicode, limits };
  if ("structures" in spec) return lowerStructures(spec.structures, spec.triggers, options);
  return lowerStructuralTag(spec.format, "/format", options);
}

function whole(term: Term): LoweredSchema {
  return { term, dropped: [] };
}

function checkChoices(choices: readonly string[]): readonly string[] {
  if (!Array.isArray(choices) || choices.length === 0)
    throw new ConstraintError("invalid", "choices must be a list of at least one text");
  choices.forEach((choice, i) => {
    if (typeof choice !== "string")
      throw new ConstraintError("invalid", "a choice must be a string", { pointer: `/choices/${i}` });
  });
  return choices;
}
