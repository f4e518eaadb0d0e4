// Which dialect a schema speaks, and what that changes. Differences follow the change logs of the drafts (4, 6, 7,
// 2019-09, 2020-12); a schema that declares none is 2020-12, read with the older spellings that 2020-12 gave no other meaning.
import { ConstraintError } from "../base/errors.ts";
import { at, type JsonNode } from "./json-text.ts";

export interface Draft {
  readonly version: 4 | 6 | 7 | 2019 | 2020;
  /** False where there is no `$schema`. */
  readonly declared: boolean;
}

const versions = new Map<string, Draft["version"]>([
  ["json-schema.org/schema", 2020],
  ["json-schema.org/draft-04/schema", 4],
  ["json-schema.org/draft-06/schema", 6],
  ["json-schema.org/draft-07/schema", 7],
  ["json-schema.org/draft/2019-09/schema", 2019],
  ["json-schema.org/draft/2020-12/schema", 2020],
]);

/** The draft by the root's `$schema`. Throws "unsupported" on another dialect, "invalid" where `$schema` is no string. */
export function draftOf(root: JsonNode): Draft {
  const declared = root.kind === "object" ? root.entries.get("$schema") : undefined;
  if (declared === undefined) return { version: 2020, declared: false };
  if (declared.kind !== "string") throw new ConstraintError("invalid", "$schema must be a string", at("/$schema"));
  const version = versions.get(
    declared.value
      .trim()
      .replace(/^https?:\/\//, "")
      .replace(/#$/, ""),
  );
  if (version !== undefined) return { version, declared: true };
  throw new ConstraintError("unsupported", `The dialect ${JSON.stringify(declared.value)} isn't known`, at("/$schema"));
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
  ["$recursiveRef", 2019],
  ["$anchor", 2019],
  ["prefixItems", 2020],
  ["$dynamicRef", 2020],
  ["$dynamicAnchor", 2020],
]);

/** Does the draft know the keyword? */
export function knowsKeyword(draft: Draft, keyword: string): boolean {
  if (keyword === "$recursiveRef") return draft.version === 2019;
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
