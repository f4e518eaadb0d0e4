// A negation that any of very many keys can fulfil: whether it still can is not asked of all keys for each of them.
import { expect, test } from "vitest";
import { SeenKeys } from "../../../src/json-schema/objects/seen-keys.ts";

/** How often a key is looked at for what it fulfils by staying away, until the first state is there. */
function looks(keys: number): { count: number; seen: SeenKeys } {
  let count = 0;
  const absent = new Proxy(new Array<number>(keys).fill(0), {
    get(target, name, receiver) {
      count++;
      return Reflect.get(target, name, receiver);
    },
  });
  const seen = new SeenKeys({
    choices: Array.from({ length: keys }, () => [
      { value: "kept", satisfies: 0 },
      { value: "broken", satisfies: 1 },
    ]),
    required: [],
    needs: Array.from({ length: keys }, () => []),
    ranks: null,
    min: 0,
    max: Number.POSITIVE_INFINITY,
    obligations: [1],
    groupOf: new Array(keys).fill(0),
    absent,
    undeclared: 0,
    classes: [],
  });
  return { count, seen };
}

test("the looks at keys grow as their number does", () => {
  const { count, seen } = looks(1000);
  expect(seen.start).not.toBeNull();
  expect(count).toBeLessThan(20 * 1000);
});

test("the last of them has to", () => {
  const { seen } = looks(2);
  const first = seen.withDeclared(seen.start!, 0, 0)!;
  expect(first.canClose).toBe(false);
  expect(seen.withDeclared(first, 1, 0)).toBeNull();
  expect(seen.withDeclared(first, 1, 1)!.canClose).toBe(true);
});
