// IDNA2008 against the package idn-hostname (with the Unicode tables that it brings) and against brute force: which code points labels may
// have, what Punycode decodes to, and which beginnings of A-labels go on.
import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALabels } from "../../../src/json-schema/formats/a-label.ts";
import { aceLength } from "../../../src/json-schema/formats/ace-length.ts";
import { HostnameMachine } from "../../../src/json-schema/formats/hostname-machine.ts";
import { codePointEnd, IdnaCodePoints } from "../../../src/json-schema/formats/idna-code-points.ts";
import { encode } from "../../../src/json-schema/formats/punycode.ts";

const require = createRequire(import.meta.url);
type Ranges = readonly (readonly [first: number, last: number, value: string])[];
const tables: {
  viramas: number[];
  bidi_ranges: Ranges;
  joining_type_ranges: Ranges;
} = require("idn-hostname/idnaMappingTableCompact.json");
const oracle: { isIdnHostname(text: string): boolean; punycode: { encode(text: string): string } } =
  require("idn-hostname");
const codePoints = new IdnaCodePoints();

const valueIn = (ranges: Ranges, codePoint: number) =>
  ranges.find(([first, last]) => first <= codePoint && codePoint <= last)?.[2];
const codePointsOf = (text: string) => Array.from(text, (each) => each.codePointAt(0)!);

function accepts(machine: HostnameMachine, text: string): boolean {
  let state = machine.start;
  for (const codePoint of codePointsOf(text)) state = machine.step(state, codePoint);
  return machine.isAccepting(state);
}

function oracleAccepts(text: string): boolean {
  try {
    return oracle.isIdnHostname(text);
  } catch {
    return false;
  }
}

describe("code points", () => {
  it("have the Bidi classes, joining types and viramas of the package's tables, where those know them", () => {
    const names = ["L", "R", "AN", "EN", "other", "NSM"];
    const wrong: string[] = [];
    for (let codePoint = 0; codePoint < codePointEnd; codePoint++) {
      const traits = codePoints.traits(codePoint);
      const bidi = valueIn(tables.bidi_ranges, codePoint)?.replace("AL", "R") ?? "L";
      if (traits === null) continue;
      const joining = valueIn(tables.joining_type_ranges, codePoint);
      const own = [names[traits.bidi], traits.joining ?? "U"];
      const other = [names.includes(bidi) ? bidi : "other", /^[DLRT]$/.test(joining ?? "") ? joining : "U"];
      if (`${own}` !== `${other}`) wrong.push(`${codePoint.toString(16)} ${own} ${other}`);
    }
    // The package's Unicode is older: some are assigned since, and U+1171E is no nonspacing mark any more.
    expect(wrong.filter((each) => !each.startsWith("1171e ") && !isNewer(Number.parseInt(each, 16)))).toEqual([]);
    expect(tables.viramas.filter((codePoint) => !codePoints.traits(codePoint)!.isVirama)).toEqual([]);
  });
});

describe("hostname", () => {
  const machine = new HostnameMachine(true, 1_000_000);
  const letters = [
    "a",
    "l",
    "-",
    "0",
    ".",
    "é",
    "\u0301",
    "·",
    "ß",
    "א",
    "׳",
    "ب",
    "٠",
    "۰",
    "\u200c",
    "\u094d",
    "क",
    "・",
    "ア",
    "͵",
    "α",
  ];

  it("gives the package's verdict on lowercase names", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 6 }), (parts) => {
        const text = parts.join("");
        // The package normalizes, and drops a dot at the end.
        fc.pre(text.normalize("NFC") === text && !text.endsWith("."));
        const isReserved = text.split(".").some((label) => /^[a-z0-9-]{2}--/.test(label));
        fc.pre(!isReserved);
        expect([text, accepts(machine, text)]).toEqual([text, oracleAccepts(text)]);
      }),
      { numRuns: 5000, seed: 20261126 },
    );
  });

  it("takes the A-label of a U-label, and no text that is none", () => {
    const label = fc.array(fc.constantFrom(...letters.filter((each) => each !== ".")), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(label, (parts) => {
        const text = parts.join("");
        fc.pre(/[^\0-\x7f]/.test(text));
        const spelled = encode(codePointsOf(text));
        expect(spelled).toBe(oracle.punycode.encode(text));
        expect(aceLength(codePointsOf(text))).toBe(4 + spelled.length);
        expect([text, accepts(machine, `xn--${spelled}`)]).toEqual([text, accepts(machine, text)]);
      }),
      { numRuns: 3000, seed: 20261126 },
    );
  });
});

describe("beginnings of A-labels", () => {
  const aLabels = new ALabels(codePoints);
  // As if little room were left: every text of up to three characters behind is tried.
  it.each([1, 2, 3])("go on with %i characters where some text does", (most) => {
    const characters = [..."abcdefghijklmnopqrstuvwxyz0123456789-"];
    const ends = (text: string, rest: number): boolean =>
      aLabels.kind(text) !== undefined || (rest > 0 && characters.some((each) => ends(text + each, rest - 1)));
    const beginnings = [
      "",
      "t",
      "td",
      "-",
      "--",
      "a-",
      "ab-",
      "ab--",
      "l-",
      "ll-0",
      "ngb",
      "4d",
      "a-0",
      "-a-",
      "11b2ezcw7",
      "5db1",
      "wva3",
      "zzz",
    ];
    for (const text of beginnings) {
      expect([text, aLabels.canEnd(text, (rest) => rest <= most)]).toEqual([text, ends(text, most)]);
    }
  });
});

/** Of Unicode 16 and 17, as far as labels may have them and the tables are asked. */
function isNewer(codePoint: number): boolean {
  return (
    valueIn(tables.bidi_ranges, codePoint) === undefined && valueIn(tables.joining_type_ranges, codePoint) === undefined
  );
}
