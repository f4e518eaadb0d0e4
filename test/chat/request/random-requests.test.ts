// Random requests are taken, as values and as texts alike; with one field broken they are refused, and it is named.
import fc from "fast-check";
import { expect, test } from "vitest";
import { ranges } from "./ranges.ts";
import { errorOf, reader } from "./read.ts";
import { arbitraryRequest } from "./request-arbitrary.ts";

test("requests of the schema are taken", () => {
  fc.assert(
    fc.property(arbitraryRequest(), (request) => {
      const fromText = reader.read(JSON.stringify(request));
      expect(fromText).toEqual(reader.read(request));
      expect(fromText.request).toEqual(JSON.parse(JSON.stringify(request)));
    }),
    { numRuns: 500 },
  );
});

test("a broken field is named, and nothing else", () => {
  const broken = Object.entries(ranges)
    .filter(([, { beside }]) => beside === undefined)
    .flatMap(([field, { refuses }]) => refuses.map((value) => ({ field, value })));
  fc.assert(
    fc.property(arbitraryRequest(), fc.constantFrom(...broken), (request, { field, value }) => {
      const { violations } = errorOf({ ...request, [field]: value });
      for (const { param } of violations) expect(param.split(/[.[]/)[0]).toBe(field);
    }),
    { numRuns: 500 },
  );
});
