import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PartialJson, type PartialJsonEvent, type PartialJsonOptions } from "../../../src/chat/readers/partial-json.ts";
import { ConstraintError } from "../../../src/index.ts";

/** All events, deltas of one string joined, and the value. */
function read(pieces: readonly string[], options?: PartialJsonOptions): { events: PartialJsonEvent[]; value: unknown } {
  const json = new PartialJson(options);
  const events: PartialJsonEvent[] = [];
  for (const event of [...pieces.flatMap((piece) => json.feed(piece)), ...json.end()]) {
    const last = events.at(-1);
    if (event.type === "string_delta" && last?.type === "string_delta") {
      events[events.length - 1] = { ...event, text: last.text + event.text };
    } else events.push(event);
  }
  expect(json.isComplete).toBe(true);
  return { events, value: json.value };
}

function errorOf(pieces: readonly string[], options?: PartialJsonOptions): ConstraintError {
  try {
    read(pieces, options);
  } catch (error) {
    if (error instanceof ConstraintError) return error;
    throw error;
  }
  throw new Error(`${pieces.join("")} was read`);
}

/** Cut between any two UTF-16 units. */
const cut = (text: string): fc.Arbitrary<string[]> =>
  fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 20 }).map((lengths) => {
    const pieces: string[] = [];
    for (let at = 0, i = 0; at < text.length; i++) {
      const length = lengths[i % lengths.length]!;
      pieces.push(text.slice(at, at + length));
      at += length;
    }
    return pieces;
  });

test("events", () => {
  const text = '{"a": [1.0, "x\\u00e9", {}], "b": null}';
  expect(read([text]).events).toEqual([
    { type: "object_start", path: [] },
    { type: "key", path: ["a"], key: "a" },
    { type: "array_start", path: ["a"] },
    { type: "value", path: ["a", 0], value: 1, text: "1.0" },
    { type: "string_delta", path: ["a", 1], text: "xé" },
    { type: "value", path: ["a", 1], value: "xé" },
    { type: "object_start", path: ["a", 2] },
    { type: "object_end", path: ["a", 2] },
    { type: "array_end", path: ["a"] },
    { type: "key", path: ["b"], key: "b" },
    { type: "value", path: ["b"], value: null },
    { type: "object_end", path: [] },
  ]);
});

describe("the value so far", () => {
  test("grows", () => {
    const json = new PartialJson();
    const steps: [string, unknown][] = [
      ["", undefined],
      [' {"a', {}],
      ['":', {}],
      ['"x', { a: "x" }],
      ["y\\u00", { a: "xy" }],
      ['e9", "n": 12', { a: "xyé" }],
      ["3", { a: "xyé" }],
      [', "t": [tr', { a: "xyé", n: 123, t: [] }],
      ["ue, ", { a: "xyé", n: 123, t: [true] }],
      ["[", { a: "xyé", n: 123, t: [true, []] }],
      ["]]}", { a: "xyé", n: 123, t: [true, []] }],
    ];
    for (const [piece, value] of steps) {
      json.feed(piece);
      expect(json.value).toEqual(value);
    }
    expect(json.isComplete).toBe(true);
  });

  test("never ends in half a pair", () => {
    for (const text of ['"😀"', '"\\ud83d\\ude00"', '"\\ud83d😀\\ude00"']) {
      const json = new PartialJson();
      const whole = JSON.parse(text) as string;
      let told = "";
      for (const unit of text.split("")) {
        for (const event of json.feed(unit)) if (event.type === "string_delta") told += event.text;
        if (json.value === undefined || json.isComplete) continue;
        expect(json.value).toBe(told);
        expect(whole.startsWith(told)).toBe(true);
        expect(whole.codePointAt(told.length - 1) ?? 0).toBeLessThan(0x10000);
      }
      expect(told).toBe(whole);
    }
  });

  test("a key like any other", () => {
    const { value } = read(['{"__proto__": {"a": 1}, "constructor": 2, "0": 3}']);
    expect(Object.keys(value as object).toSorted()).toEqual(["0", "__proto__", "constructor"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test("of two equal keys the last counts", () => {
    expect(read(['{"a": [1], "a": "x"}']).value).toEqual({ a: "x" });
  });
});

test("as JSON.parse reads it, wherever it is cut", () => {
  const spaced = fc.constantFrom(undefined, 1, "\t", " \r");
  const document = fc.tuple(fc.json({ stringUnit: "binary" }), spaced).map(([json, indent]) => {
    return JSON.stringify(JSON.parse(json), null, indent);
  });
  fc.assert(
    fc.property(
      document.chain((text) => fc.tuple(fc.constant(text), cut(text))),
      ([text, pieces]) => {
        const { events, value } = read(pieces);
        expect(value).toEqual(JSON.parse(text));
        expect(events).toEqual(read([text]).events);
      },
    ),
    { numRuns: 1000 },
  );
});

test("what JSON.parse refuses is refused, and the other way round", () => {
  const unit = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "u",
    "0",
    "1",
    "-",
    ".",
    "e",
    "a",
    " ",
    "true",
    "null",
    '"a"',
    "\n",
  );
  fc.assert(
    fc.property(
      fc.string({ unit, maxLength: 10 }).chain((text) => fc.tuple(fc.constant(text), cut(text))),
      ([text, pieces]) => {
        let expected: { value: unknown } | undefined;
        try {
          expected = { value: JSON.parse(text) };
        } catch {
          expected = undefined;
        }
        if (expected === undefined) expect(errorOf(pieces).code).toBe("syntax");
        else expect(read(pieces).value).toEqual(expected.value);
      },
    ),
    { numRuns: 20_000 },
  );
});

describe("errors", () => {
  test("have a place", () => {
    const error = errorOf(['{\n  "a": 1,', '\n  "b"', " 2}"]);
    expect(error).toMatchObject({
      code: "syntax",
      message: '"2" where a colon is expected',
      location: { line: 3, column: 7, offset: 18, excerpt: '  "b" 2}\n      ^' },
    });
  });

  test.each([
    ["", "The JSON ends where a value should follow"],
    ['{"a', "The JSON ends where the rest of a string should follow"],
    ["[1 2]", '"2" where a comma or the end of the object or array is expected'],
    ["[1}", '"}" where a comma or the end of the object or array is expected'],
    ["1 2", '"2" where nothing more is expected'],
    ["01", "01 is no number"],
    ["-", "- is no number"],
    ["trie", '"i" where true, false or null is expected'],
    ["'a'", '"\'" where a value is expected'],
    ['"\\x"', "\\x is no escape"],
    ['"\\u12g"', "\\u12g is no escape"],
    ['"\n"', "A control character in a string must be escaped"],
    ["[😀]", '"😀" where a value or ] is expected'],
  ])("%j", (text, message) => {
    expect(errorOf([text])).toMatchObject({ code: "syntax", message });
  });

  test("stay", () => {
    const json = new PartialJson();
    expect(() => json.feed("x")).toThrow("expected");
    expect(() => json.feed("1")).toThrow("expected");
    expect(() => json.end()).toThrow("expected");
  });

  test("too deep", () => {
    expect(read(["[[]]"], { maxDepth: 2 }).value).toEqual([[]]);
    expect(errorOf(["[[[]]]"], { maxDepth: 2 })).toMatchObject({ code: "limit", location: { column: 3 } });
  });

  test("depth costs no stack", () => {
    const depth = 2_000;
    const { value } = read(["[".repeat(depth), "]".repeat(depth)], { maxDepth: depth });
    expect(Array.isArray(value)).toBe(true);
  });
});
