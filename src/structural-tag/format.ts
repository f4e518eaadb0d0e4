// Structural tags: what a text that is partly free and partly bound looks like. The names are XGrammar's
// (https://xgrammar.mlc.ai/docs/structural_tag/), so that a request written for it reads the same here.

/** A special token: by its name (`<|call|>`) or its id. */
export interface TokenFormat {
  readonly type: "token";
  readonly token: string | number;
}

/** Where a tag begins or ends: a text, or a special token. */
export type Marker = string | TokenFormat;

/** `begin`, then `content`, then `end` (one of them, where there are several). */
export interface TagFormat {
  readonly type: "tag";
  readonly begin: Marker;
  readonly content: StructuralFormat;
  readonly end: Marker | readonly Marker[];
}

export type StructuralFormat =
  | { readonly type: "const_string"; readonly value: string }
  | JsonSchemaFormat
  | { readonly type: "regex"; readonly pattern: string }
  | { readonly type: "grammar"; readonly grammar: string }
  /** Text that holds none of `excludes`, of at most `max_tokens` tokens. */
  | { readonly type: "any_text"; readonly excludes?: readonly string[]; readonly max_tokens?: number | null }
  | { readonly type: "sequence"; readonly elements: readonly StructuralFormat[] }
  | { readonly type: "or"; readonly elements: readonly StructuralFormat[] }
  | { readonly type: "optional" | "plus" | "star"; readonly content: StructuralFormat }
  /** `max`: −1 or absent for no bound. */
  | { readonly type: "repeat"; readonly content: StructuralFormat; readonly min: number; readonly max?: number }
  | TagFormat
  /** Free text in which a trigger, wherever it ends, must go on as one of the tags that begin with it. */
  | {
      readonly type: "triggered_tags";
      readonly triggers: readonly Marker[];
      readonly tags: readonly TagFormat[];
      /** The text begins with a tag. */
      readonly at_least_one?: boolean;
      /** The text ends with the first tag. */
      readonly stop_after_first?: boolean;
      readonly excludes?: readonly string[];
    }
  | {
      readonly type: "tags_with_separator";
      readonly tags: readonly TagFormat[];
      readonly separator: string;
      readonly at_least_one?: boolean;
      readonly stop_after_first?: boolean;
    }
  /** Free text in which a pattern, wherever it ends, is followed by its format. `loop` false: nothing comes after the first. */
  | {
      readonly type: "dispatch";
      readonly rules: readonly (readonly [pattern: string, format: StructuralFormat])[];
      readonly loop?: boolean;
      readonly excludes?: readonly string[];
    }
  | TokenFormat
  /** One token of the vocabulary, none of these. */
  | { readonly type: "exclude_token"; readonly exclude_tokens?: readonly (string | number)[] }
  /** Any number of them, at most `max_tokens`. */
  | {
      readonly type: "any_tokens";
      readonly exclude_tokens?: readonly (string | number)[];
      readonly max_tokens?: number | null;
    }
  /** As `triggered_tags`, with whole tokens instead of text around the tags, which begin with a trigger. */
  | {
      readonly type: "token_triggered_tags";
      readonly trigger_tokens: readonly (string | number)[];
      readonly tags: readonly TagFormat[];
      readonly at_least_one?: boolean;
      readonly stop_after_first?: boolean;
      readonly exclude_tokens?: readonly (string | number)[];
    };

/** `json_schema`: a parsed value, or its text. */
export interface JsonSchemaFormat {
  readonly type: "json_schema";
  readonly json_schema: unknown;
  /** How the instance is written; "json" unless given. */
  readonly style?: JsonStyle;
  /** True: properties in any order; false: in the schema's. Default: as the spec's `propertyOrder` says. */
  readonly any_order?: boolean;
}

/**
 * How a JSON instance is written. The XML styles are those of tool calls: each property of the (object) schema is an
 * element; a string stands for itself, anything else is JSON.
 */
export type JsonStyle = "json" | "qwen_xml" | "glm_xml" | "deepseek_xml" | "minimax_xml";

/** The older form: `triggered_tags` of JSON Schemas. */
export interface LegacyStructure {
  readonly begin: string;
  readonly schema: unknown;
  readonly end: string;
}
