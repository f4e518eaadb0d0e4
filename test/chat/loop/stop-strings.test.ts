// Stop strings against a search of the whole text: however it is cut in pieces, what comes out is the same, and nothing is held back that
// can't become a stop string.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StopStrings } from "../../../src/chat/loop/stop-strings.ts";

/** All at once: the stop string that is complete first, of several the first in the list. */
function oracle(text: string, stops: readonly string[], keep: boolean): { text: string; matched?: string } {
  for (let end = 1; end <= text.length; end++) {
    const matched = stops.find((stop) => text.slice(0, end).endsWith(stop));
    if (matched !== undefined) return { text: text.slice(0, keep ? end : end - matched.length), matched };
  }
  return { text };
}

function run(pieces: readonly string[], stops: readonly string[], keep: boolean) {
  const scanner = new StopStrings(stops, keep);
  let out = "";
  for (const piece of pieces) {
    const { text, matched } = scanner.push(piece, () => true);
    out += text;
    if (matched !== undefined) return { text: out, matched };
  }
  return { text: out + scanner.flush() };
}

const word = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 5 });

describe("stop strings", () => {
  it("are found however the text is cut", () => {
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 8 }),
        fc.array(word, { maxLength: 4 }),
        fc.boolean(),
        (pieces, stops, keep) => {
          expect(run(pieces, stops, keep)).toEqual(oracle(pieces.join(""), stops, keep));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("cost no memory for what the text doesn't come to, however long they are", () => {
    const stop = "ab".repeat(2 ** 21);
    const used = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    const before = used();
    const scanners = Array.from({ length: 20 }, () => new StopStrings([stop], false));
    for (const scanner of scanners) expect(scanner.push("abac", () => true)).toEqual({ text: "abac" });
    // Four bytes a character would be 335 MB.
    expect(used() - before).toBeLessThan(100e6);
  });

  it("hold back what may become one, and no more", () => {
    const scanner = new StopStrings(["END", "NDX"], false);
    expect(scanner.push("the EN", () => true)).toEqual({ text: "the " });
    expect(scanner.push("Dy", () => false)).toEqual({ text: "ENDy" });
    expect(scanner.push("N", () => true)).toEqual({ text: "" });
    expect(scanner.flush()).toBe("N");
    expect(scanner.push("D", () => true)).toEqual({ text: "D" });
  });

  it("are text like any other where the text may not end", () => {
    const scanner = new StopStrings(["aa"], false);
    const asked: string[] = [];
    const refuse = (cutOff: string) => {
      asked.push(cutOff);
      return false;
    };
    expect(scanner.push("baaa", refuse).text + scanner.flush()).toBe("baaa");
    // The second occurrence overlaps the first.
    expect(asked).toEqual(["aaa", "aa"]);
  });
});
