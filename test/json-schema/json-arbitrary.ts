// Small JSON values, nested a few levels.
import fc from "fast-check";
import type { Json } from "../oracles/json.ts";

export interface JsonOptions {
  readonly scalar: fc.Arbitrary<Json>;
  readonly keys: readonly string[];
  readonly maxDepth: number;
}

/** At most 3 items, and at most 4 keys. */
export function jsonArbitrary({ scalar, keys, maxDepth }: JsonOptions): fc.Arbitrary<Json> {
  return fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth, depthSize: "small" },
      scalar,
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie("json"), {
        maxKeys: 4,
        noNullPrototype: true,
      }) as fc.Arbitrary<Json>,
    ),
  })).json;
}
