import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MarkerScanner } from "../../../src/chat/readers/marker-scanner.ts";

/** Scans a text that comes in these pieces, to its end: what is passed, and the markers. */
function scanAll(scanner: MarkerScanner, pieces: readonly string[]): { passed: string; found: string[] } {
  let text = "";
  let at = 0;
  let passed = "";
  const found: string[] = [];
  const goOn = (isComplete: boolean) => {
    for (;;) {
      const { end, marker } = scanner.scan(text, at, text.length, isComplete);
      passed += text.slice(at, end);
      at = end;
      if (marker === undefined) return;
      found.push(`${at}:${marker}`);
      at += marker.length;
    }
  };
  for (const piece of pieces) {
    text += piece;
    goOn(false);
  }
  goOn(true);
  return { passed, found };
}

/** The same by trying every marker at every place. */
function naiveScan(markers: readonly string[], text: string): { passed: string; found: string[] } {
  const longestFirst = markers.toSorted((a, b) => b.length - a.length);
  let passed = "";
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    const marker = longestFirst.find((one) => text.startsWith(one, at));
    if (marker !== undefined) found.push(`${at}:${marker}`);
    else passed += text[at];
    at += marker?.length ?? 1;
  }
  return { passed, found };
}

describe("what is certain", () => {
  const scan = (markers: string[], text: string, isComplete = false) =>
    new MarkerScanner(markers).scan(text, 0, text.length, isComplete);

  test("a part of a marker is held back, until there is no more", () => {
    expect(scan(["</think>"], "so</th")).toEqual({ end: 2, marker: undefined });
    expect(scan(["</think>"], "so</th", true)).toEqual({ end: 6, marker: undefined });
    expect(scan(["</think>"], "so</th.")).toEqual({ end: 7, marker: undefined });
    expect(scan(["</think>"], "so</think>")).toEqual({ end: 2, marker: "</think>" });
  });

  test("a marker that may become a longer one waits", () => {
    const markers = ["<a>", "<a>\n<b>"];
    expect(scan(markers, "x<a>\n<")).toEqual({ end: 1, marker: undefined });
    expect(scan(markers, "x<a>\n<", true)).toEqual({ end: 1, marker: "<a>" });
    expect(scan(markers, "x<a>\n.")).toEqual({ end: 1, marker: "<a>" });
    expect(scan(markers, "x<a>\n<b>")).toEqual({ end: 1, marker: "<a>\n<b>" });
  });

  test("an earlier marker that may come hides a later one", () => {
    expect(scan(["abcd", "bc"], "abc")).toEqual({ end: 0, marker: undefined });
    expect(scan(["abcd", "bc"], "abcx")).toEqual({ end: 1, marker: "bc" });
  });

  test("nothing beyond the window is seen", () => {
    expect(new MarkerScanner(["ab"]).scan("xab", 0, 2, false)).toEqual({ end: 1, marker: undefined });
    expect(new MarkerScanner(["ab"]).scan("xab", 0, 2, true)).toEqual({ end: 2, marker: undefined });
  });

  test("characters of patterns are characters", () => {
    expect(scan(["[TOOL_CALLS]", "a|b", "^$"], "[T^a|b")).toEqual({ end: 3, marker: "a|b" });
  });

  test("without markers all text is free", () => {
    expect(scan([], "abc")).toEqual({ end: 3, marker: undefined });
  });

  test("an empty marker is refused", () => {
    expect(() => new MarkerScanner(["a", ""])).toThrow("empty");
  });
});

test("pieces don't matter", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 });
  const markers = fc.array(word, { minLength: 1, maxLength: 4 });
  const pieces = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 5 }), { maxLength: 8 });
  fc.assert(
    fc.property(markers, pieces, (some, text) => {
      expect(scanAll(new MarkerScanner(some), text)).toEqual(naiveScan(some, text.join("")));
    }),
    { numRuns: 2000 },
  );
});
