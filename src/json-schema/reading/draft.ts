// Which dialect a schema resource speaks, and what that changes. Differences follow the change logs of the drafts (4, 6, 7,
// 2019-09, 2020-12); a schema that declares none is 2020-12, read with the older spellings that 2020-12 gave no other meaning.
// A dialect of its own is known by its metaschema's `$vocabulary` (core 2020-12, section 8.1.2), where that document is passed.
import { ConstraintError } from "../../base/errors.ts";
import { at, escapeSegment, type JsonNode } from "./json-text.ts";

export interface Draft {
  readonly version: 4 | 6 | 7 | 2019 | 2020;
  /** False where there is no `$schema`. */
  readonly declared: boolean;
  /** The names of the standard vocabularies that a metaschema lists; undefined: all those of the version. */
  readonly vocabularies?: ReadonlySet<string>;
  /** Does the dialect itself ask for formats to be asserted, and for unknown ones to be refused? */
  readonly assertsFormat?: boolean;
}

const versions = new Map<string, Draft["version"]>([
  ["json-schema.org/schema", 2020],
  ["json-schema.org/draft-04/schema", 4],
  ["json-schema.org/draft-06/schema", 6],
  ["json-schema.org/draft-07/schema", 7],
  ["json-schema.org/draft/2019-09/schema", 2019],
  ["json-schema.org/draft/2020-12/schema", 2020],
]);

/** What is read where no dialect is declared. */
export const defaultDraft: Draft = { version: 2020, declared: false };

/** A metaschema that the caller passed. */
export interface Metaschema {
  readonly json: JsonNode;
  readonly pointer: string;
}

/**
 * The dialect that `json`, at `pointer`, declares with `$schema`: undefined where it declares none. Throws "unsupported" where its metaschema
 * isn't found or requires a vocabulary that isn't a standard one, "invalid" where `$schema` is no string.
 */
export function declaredDraft(
  json: JsonNode,
  pointer: string,
  find: (uri: string) => Metaschema | undefined,
): Draft | undefined {
  const place = at(`${pointer}/$schema`);
  let schema: Metaschema = { json, pointer };
  const seen = new Set<JsonNode>();
  for (;;) {
    const declared = schema.json.kind === "object" ? schema.json.entries.get("$schema") : undefined;
    if (declared === undefined) return seen.size === 0 ? undefined : { version: 2020, declared: true };
    if (declared.kind !== "string") {
      throw new ConstraintError("invalid", "$schema must be a string", at(`${schema.pointer}/$schema`));
    }
    const uri = declared.value.trim();
    const version = versions.get(uri.replace(/^https?:\/\//, "").replace(/#$/, ""));
    if (version !== undefined) return { version, declared: true };
    const found = find(uri);
    if (found === undefined || seen.has(found.json)) {
      const message = `The dialect ${JSON.stringify(uri)} isn't known: pass its metaschema in \`documents\``;
      throw new ConstraintError("unsupported", message, place);
    }
    const vocabularies = found.json.kind === "object" ? found.json.entries.get("$vocabulary") : undefined;
    if (vocabularies !== undefined) return draftOfVocabularies(vocabularies, `${found.pointer}/$vocabulary`);
    // A metaschema that lists none changes nothing: its schemas are read as it is read itself.
    seen.add(found.json);
    schema = found;
  }
}

const vocabularyPattern = /^https:\/\/json-schema\.org\/draft\/(2019-09|2020-12)\/vocab\/([a-z-]+)$/;
const standardVocabularies = new Map<Draft["version"], ReadonlySet<string>>([
  [2019, new Set(["core", "applicator", "validation", "meta-data", "format", "content"])],
  [
    2020,
    new Set([
      "core",
      "applicator",
      "unevaluated",
      "validation",
      "meta-data",
      "format-annotation",
      "format-assertion",
      "content",
    ]),
  ],
]);

function draftOfVocabularies(list: JsonNode, pointer: string): Draft {
  const fail = (code: "invalid" | "unsupported", message: string, path = ""): never => {
    throw new ConstraintError(code, message, at(`${pointer}${path}`));
  };
  if (list.kind !== "object") return fail("invalid", "$vocabulary must be an object");
  const core = [...list.entries.keys()]
    .map((uri) => vocabularyPattern.exec(uri))
    .find((match) => match?.[2] === "core");
  if (core === undefined || core === null) return fail("invalid", "$vocabulary must list the core vocabulary");
  const version = core[1] === "2019-09" ? 2019 : 2020;
  const vocabularies = new Set<string>();
  let assertsFormat = false;
  for (const [uri, required] of list.entries) {
    if (required.kind !== "boolean") return fail("invalid", "It must be true or false", `/${escapeSegment(uri)}`);
    const [, date, name] = vocabularyPattern.exec(uri) ?? [];
    if (date === core[1] && standardVocabularies.get(version)!.has(name!)) {
      vocabularies.add(name!);
      // 2019-09 (validation, 7.2): asserted where required. 2020-12 (7.2.2): wherever the vocabulary is known.
      if (name === "format-assertion" || (name === "format" && required.value)) assertsFormat = true;
    } else if (required.value) {
      fail("unsupported", `The vocabulary ${JSON.stringify(uri)} isn't known`, `/${escapeSegment(uri)}`);
    }
  }
  return { version, declared: true, vocabularies, assertsFormat };
}

/** The keyword that names a schema: `id` in draft 4. */
export function idKeyword(draft: Draft): string {
  return draft.version === 4 ? "id" : "$id";
}

/** Up to draft 7 everything beside a `$ref` is ignored. */
export function ignoresRefSiblings(draft: Draft): boolean {
  return draft.version <= 7;
}

/** Since which draft a keyword asserts anything; keywords not listed do in every draft. */
const since = new Map<string, number>([
  ["const", 6],
  ["contains", 6],
  ["propertyNames", 6],
  ["if", 7],
  ["then", 7],
  ["else", 7],
  ["dependentRequired", 2019],
  ["dependentSchemas", 2019],
  ["unevaluatedItems", 2019],
  ["unevaluatedProperties", 2019],
  ["minContains", 2019],
  ["maxContains", 2019],
  ["$anchor", 2019],
  ["prefixItems", 2020],
  ["$dynamicRef", 2020],
  ["$dynamicAnchor", 2020],
]);

/** The vocabulary that each keyword is in where it isn't the core's: one for a line of names. */
const vocabularyOf = new Map<string, string>(
  [
    ["applicator", "prefixItems items additionalItems contains properties patternProperties additionalProperties"],
    ["applicator", "propertyNames dependentSchemas dependencies if then else allOf anyOf oneOf not"],
    ["unevaluated", "unevaluatedItems unevaluatedProperties"],
    ["validation", "type enum const multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength"],
    ["validation", "pattern minItems maxItems uniqueItems minContains maxContains minProperties maxProperties"],
    ["validation", "required dependentRequired"],
    ["format", "format"],
  ].flatMap(([vocabulary, names]) => names!.split(" ").map((name) => [name, vocabulary!] as const)),
);

function listsVocabulary({ version, vocabularies }: Draft, keyword: string): boolean {
  const vocabulary = vocabularyOf.get(keyword);
  if (vocabularies === undefined || vocabulary === undefined) return true;
  if (vocabulary === "unevaluated" && version === 2019) return vocabularies.has("applicator");
  if (vocabulary === "format" && version === 2020) {
    return vocabularies.has("format-annotation") || vocabularies.has("format-assertion");
  }
  return vocabularies.has(vocabulary);
}

/** Does the draft know the keyword? */
export function knowsKeyword(draft: Draft, keyword: string): boolean {
  if (draft.vocabularies !== undefined && !listsVocabulary(draft, keyword)) return false;
  if (keyword === "$recursiveRef" || keyword === "$recursiveAnchor") return draft.version === 2019;
  if (keyword === "additionalItems") return draft.version !== 2020 || !draft.declared;
  return draft.version >= (since.get(keyword) ?? 0);
}

/** Draft 4's boolean `exclusiveMinimum`; also read where no draft is declared, since it means nothing else there. */
export function readsBooleanExclusive(draft: Draft): boolean {
  return draft.version === 4 || !draft.declared;
}

/** From draft 6 on the bounds may be numbers of their own. */
export function readsNumericExclusive(draft: Draft): boolean {
  return draft.version >= 6;
}

/** `items` as a list, with `additionalItems` for the rest: up to 2019-09, and where no draft is declared. */
export function readsItemLists(draft: Draft): boolean {
  return draft.version <= 2019 || !draft.declared;
}

/** From 2020-12 on the items that `contains` matches are evaluated. */
export function containsEvaluates(draft: Draft): boolean {
  return draft.version >= 2020;
}
