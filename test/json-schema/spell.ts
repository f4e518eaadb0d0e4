// JSON texts of a typed tree: one value, any spelling. What is free in JSON (RFC 8259) is a choice of the spelling: whitespace between tokens,
// escapes in strings, the form of numbers, the order of keys.
import type { JsonNode } from "../../src/json-schema/reading/json-text.ts";

export interface Spelling {
  /** Whitespace at a place inside the value: after an opening bracket and before a closing one, around commas and colons. */
  readonly space: (place: "inside" | "before comma" | "after comma" | "before colon" | "after colon") => string;
  /** A character of a string, as it stands between the quotes. */
  readonly character: (character: string) => string;
  /** A JSON number, spelled in another way. */
  readonly number: (text: string) => string;
  readonly order: <T>(entries: readonly T[]) => readonly T[];
}

/** A whole number from 0 to `bound` − 1. */
export type Draw = (bound: number) => number;

/** Nothing but what JSON asks for. */
export const compact: Spelling = {
  space: () => "",
  character: (character) => JSON.stringify(character).slice(1, -1),
  number: (text) => text,
  order: (entries) => entries,
};

export function spell(node: JsonNode, spelling: Spelling): string {
  const { space, number, order } = spelling;
  const list = (open: string, items: readonly string[], close: string) =>
    items.length === 0
      ? `${open}${space("inside")}${close}`
      : open +
        space("inside") +
        items.reduce((text, item) => `${text}${space("before comma")},${space("after comma")}${item}`) +
        space("inside") +
        close;
  switch (node.kind) {
    case "null":
      return "null";
    case "boolean":
      return String(node.value);
    case "number":
      return number(node.text);
    case "string":
      return spellString(node.value, spelling);
    case "array":
      return list(
        "[",
        node.items.map((item) => spell(item, spelling)),
        "]",
      );
    case "object": {
      const entries = order([...node.entries]).map(
        ([key, item]) =>
          `${spellString(key, spelling)}${space("before colon")}:${space("after colon")}${spell(item, spelling)}`,
      );
      return list("{", entries, "}");
    }
  }
}

function spellString(text: string, { character }: Spelling): string {
  return `"${[...text].map(character).join("")}"`;
}

/** One character in `odds` as \uXXXX (a surrogate pair above U+FFFF), or \/. */
export function escaped(draw: Draw, odds: number): Spelling["character"] {
  return (character) => {
    if (draw(odds) > 0) return compact.character(character);
    if (character === "/" && draw(2) === 0) return "\\/";
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
    const hex = (unit: number) => unit.toString(16).padStart(4, "0");
    return units.map((unit) => `\\u${draw(2) === 0 ? hex(unit) : hex(unit).toUpperCase()}`).join("");
  };
}

/** The number in a random other form, exactly: a longer fraction, an exponent, the point elsewhere. */
export function respelledNumber(draw: Draw): Spelling["number"] {
  return (text) => {
    const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!;
    const power = BigInt(exponent);
    const exponentText = (value: bigint) => {
      const plus = value >= 0n ? ["", "+", "+0"][draw(3)] : "";
      return `${draw(2) === 0 ? "e" : "E"}${plus}${value}`;
    };
    switch (draw(3)) {
      case 0: {
        const tail = text.slice(text.search(/[eE]|$/));
        return `${sign}${whole}.${fraction}${"0".repeat(1 + draw(3))}${tail}`;
      }
      case 1: {
        // All digits before the point, and a zero more: 1 is 10e-1, 2.5 is 250e-2.
        const digits = `${whole}${fraction}0`.replace(/^0+(?=\d)/, "");
        return `${sign}${digits}${exponentText(power - BigInt(fraction.length) - 1n)}`;
      }
      default:
        return `${sign}${whole}${fraction && `.${fraction}`}${exponentText(power)}`;
    }
  };
}

export function shuffled(draw: Draw): Spelling["order"] {
  return (entries) => {
    const out = [...entries];
    for (let i = out.length - 1; i > 0; i--) {
      const j = draw(i + 1);
      [out[i], out[j]] = [out[j]!, out[i]!];
    }
    return out;
  };
}

/** Everything that JSON leaves free, at random. */
export const anySpelling = (draw: Draw): Spelling => ({
  space: () => ["", "", " ", "\n  "][draw(4)]!,
  character: escaped(draw, 4),
  number: (text) => (draw(5) < 2 ? text : respelledNumber(draw)(text)),
  order: shuffled(draw),
});
