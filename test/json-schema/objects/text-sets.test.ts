// Hash-consed sets of texts against JavaScript's own Set.
import fc from "fast-check";
import { expect, test } from "vitest";
import { noTexts, TextSets } from "../../../src/json-schema/objects/text-sets.ts";

const text = fc.array(fc.constantFrom(0, 97, 98, 255), { maxLength: 5 });

test("sets are equal integers exactly when they hold the same texts, in whatever order those came", () => {
  fc.assert(
    fc.property(fc.uniqueArray(text, { selector: String, maxLength: 12 }), fc.array(text), (texts, others) => {
      const sets = new TextSets();
      let set = noTexts;
      for (const each of texts) {
        const larger = sets.with(set, each);
        expect(larger).not.toBe(set);
        set = larger;
      }
      expect([...texts].reverse().reduce((at, each) => sets.with(at, each), noTexts)).toBe(set);
      expect(sets.sizeOf(set)).toBe(texts.length);
      for (const each of [...texts, ...others]) {
        const behind = each.reduce((at, byte) => sets.after(at, byte), set);
        const expected = texts.filter((other) => each.every((byte, i) => other[i] === byte));
        expect(sets.sizeOf(behind)).toBe(expected.length);
        expect(sets.hasEmptyText(behind)).toBe(expected.some((other) => other.length === each.length));
        const rest = expected.map((other) => other.slice(each.length));
        expect(rest.reduce((at, other) => sets.with(at, other), noTexts)).toBe(behind);
      }
    }),
  );
});
