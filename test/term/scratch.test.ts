// The scratch of closing sets of items, against plain arrays and sets.
import fc from "fast-check";
import { expect, test } from "vitest";
import { MinHeap, Pairs, Stamps } from "../../src/term/scratch.ts";

const small = fc.integer({ min: -4, max: 12 });

test("pairs are put in order, each once, whether few or many", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(small, fc.nat(12)), { maxLength: 200 }), (list) => {
      const pairs = new Pairs();
      for (const [first, second] of list) pairs.add(first, second);
      pairs.normalise();
      const expected = [...new Map(list.map((pair) => [pair.join(), pair])).values()].sort(
        ([a, b], [c, d]) => a - c || b - d,
      );
      const found = Array.from({ length: pairs.length }, (_, i) => [pairs.first(i), pairs.second(i)]);
      expect(found).toEqual(expected);
    }),
  );
});

test("a heap gives its values in order, repeats together", () => {
  fc.assert(
    fc.property(fc.array(fc.option(small, { nil: null })), (steps) => {
      const heap = new MinHeap();
      let model: number[] = [];
      for (const step of steps) {
        if (step !== null) {
          heap.push(step);
          model.push(step);
        } else if (model.length > 0) {
          const least = Math.min(...model);
          expect(heap.pop()).toBe(least);
          model = model.filter((each) => each !== least);
        }
        expect(heap.length).toBe(model.length);
      }
    }),
  );
});

test("stamps are a set that is emptied at once", () => {
  const stamps = new Stamps();
  for (const size of [3, 1000]) {
    stamps.next(size);
    expect([stamps.mark(size - 1), stamps.mark(size - 1), stamps.mark(0)]).toEqual([true, false, true]);
  }
});
