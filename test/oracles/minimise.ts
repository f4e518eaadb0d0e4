// A smaller JSON value that still has a property: parts are left out, or become simpler, as long as any such step keeps it. Method:
// greedy delta debugging (Zeller and Hildebrandt 2002) on the tree.
import type { Json } from "./json.ts";

/** Every value that is one step simpler. */
function* simpler(json: Json): Generator<Json> {
  if (Array.isArray(json)) {
    for (const [i, item] of json.entries()) {
      yield json.filter((_, j) => j !== i);
      for (const each of simpler(item)) yield json.with(i, each);
    }
  } else if (typeof json === "object" && json !== null) {
    for (const [key, item] of Object.entries(json)) {
      const { [key]: _, ...rest } = json;
      yield rest;
      for (const each of simpler(item)) yield { ...json, [key]: each };
    }
    if (Object.keys(json).length > 0) {
      yield true;
      yield false;
    }
  }
}

/** A value to which no step can be applied. `has` is true of `json`; where it throws (the value is no schema any more) no step is taken. */
export async function minimise(json: Json, has: (simpler: Json) => Promise<boolean>): Promise<Json> {
  for (const each of simpler(json)) if (await has(each).catch(() => false)) return minimise(each, has);
  return json;
}
