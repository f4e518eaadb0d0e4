// A model's output as a reader gets it, and what a reader makes of it.
import fc from "fast-check";
import type { OutputEvent, OutputReader } from "../../src/chat/readers/output-events.ts";
import type { OutputPiece } from "../../src/chat/readers/special-token-codes.ts";

/** Text in which these names stand for special tokens, except where there is a ¦ in one, which isn't part of the text. */
export function piecesOf(text: string, specials: readonly string[]): OutputPiece[] {
  const pieces: OutputPiece[] = [];
  for (let rest = text; rest !== ""; ) {
    const special = specials.find((name) => rest.startsWith(name));
    const next = Math.min(
      ...specials.map((name) => (rest.includes(name) ? rest.indexOf(name) : rest.length)),
      rest.length,
    );
    const piece = special ?? rest.slice(0, next);
    pieces.push(special === undefined ? { text: piece.replaceAll("¦", "") } : { special });
    rest = rest.slice(piece.length);
  }
  return pieces;
}

/** The same output in smaller pieces: texts are cut between any two characters. */
export function cutPieces(pieces: readonly OutputPiece[]): fc.Arbitrary<OutputPiece[]> {
  const cut = pieces.map((piece): fc.Arbitrary<OutputPiece[]> => {
    if ("special" in piece) return fc.constant([piece]);
    const characters = [...piece.text];
    return fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 40 }).map((lengths) => {
      const parts: OutputPiece[] = [];
      for (let at = 0, i = 0; at < characters.length; at += lengths[i++ % lengths.length]!) {
        parts.push({ text: characters.slice(at, at + lengths[i % lengths.length]!).join("") });
      }
      return parts;
    });
  });
  return fc.tuple(...cut).map((parts) => parts.flat());
}

/** All that a reader says, neighbours of one kind joined. */
export function readAll(reader: OutputReader, pieces: readonly OutputPiece[]): OutputEvent[] {
  const events = pieces.flatMap((piece) => ("text" in piece ? reader.text(piece.text) : reader.special(piece.special)));
  return joinEvents([...events, ...reader.end()]);
}

export function joinEvents(events: readonly OutputEvent[]): OutputEvent[] {
  const joined: OutputEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (last !== undefined && last.type === event.type && "text" in last && "text" in event) {
      joined[joined.length - 1] = { ...event, text: last.text + event.text };
    } else joined.push(event);
  }
  return joined;
}
