// Each field takes the ends of its range, and refuses what is one beyond, naming the field.
import { describe, expect, test } from "vitest";
import { ranges } from "./ranges.ts";
import { errorOf, least, reader } from "./read.ts";

describe.each(Object.entries(ranges))("%s", (field, { takes, refuses, beside }) => {
  test("takes the ends of its range", () => {
    for (const value of takes) reader.read({ ...least, ...beside, [field]: value });
  });

  test("refuses what is beyond, by its name, and nothing else", () => {
    for (const value of refuses) {
      const { message, violations } = errorOf({ ...least, ...beside, [field]: value });
      expect(violations.length).toBeGreaterThan(0);
      for (const { param, location, rule } of violations) {
        expect(param).toMatch(new RegExp(`^${field}(?:$|[.[])`));
        expect(location.pointer).toMatch(new RegExp(`^/${field}(?:$|/)`));
        expect(message).toContain(rule);
      }
    }
  });
});

test.each(["messages", "model"] as const)("%s is required", (field) => {
  const { [field]: _, ...rest } = least;
  const [violation, ...others] = errorOf(rest).violations;
  expect(others).toEqual([]);
  expect(violation).toMatchObject({ param: field, value: undefined, keyword: "required" });
});
