// The older form of structural tags, from before there were formats: free text in which each structure's begin, wherever a trigger ends, is
// followed by its JSON and its end. It is `triggered_tags` under other names.
import { ConstraintError } from "../base/errors.ts";
import type { LoweredSchema } from "../json-schema/lower-schema.ts";
import { Fields } from "./fields.ts";
import { lowerStructuralTag, type StructuralTagOptions } from "./lower-structural-tag.ts";
import { relocated } from "./relocate.ts";

/** Throws as `lowerStructuralTag`; places are pointers into an object of `structures` and `triggers`. */
export function lowerStructures(structures: unknown, triggers: unknown, options: StructuralTagOptions): LoweredSchema {
  if (!Array.isArray(structures) || structures.length === 0) {
    throw new ConstraintError("invalid", "structures must be a list of at least 1", { pointer: "/structures" });
  }
  const tags = structures.map((each, i) => {
    const fields = new Fields(each, `/structures/${i}`);
    fields.only("begin", "schema", "end");
    const content = { type: "json_schema", json_schema: fields.required("schema") };
    return { type: "tag", begin: fields.string("begin"), content, end: fields.string("end") };
  });
  const format = { type: "triggered_tags", triggers, tags };
  const { term, dropped } = relocated(placeInStructures, () => lowerStructuralTag(format, "", options));
  return { term, dropped: dropped.map((each) => ({ ...each, pointer: placeInStructures(each.pointer) })) };
}

function placeInStructures(pointer: string): string {
  const inStructure = pointer.replace(/^\/tags(\/\d+|$)/, "/structures$1");
  return inStructure.replace(/^(\/structures\/\d+)\/content(\/json_schema)?/, "$1/schema");
}
