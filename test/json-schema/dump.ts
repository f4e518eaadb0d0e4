// JSON text of a typed tree, numbers as spelled.
import type { JsonNode } from "../../src/json-schema/reading/json-text.ts";
import { compact, type Spelling, spell } from "./spell.ts";

const python: Spelling = { ...compact, space: (place) => (/^after/.test(place) ? " " : "") };

/** As Python's json.dumps(data, ensure_ascii=False) writes it, or with no whitespace at all. */
export function dump(node: JsonNode, isCompact = false): string {
  return spell(node, isCompact ? compact : python);
}
