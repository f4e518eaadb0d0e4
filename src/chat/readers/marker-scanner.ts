// Finds markers in text that comes in pieces. The earliest marker counts, of those that begin at one place the longest; what may
// yet become a marker, or a longer one, is held back. It keeps nothing: the caller holds the text.
import type { OutputPiece } from "./special-token-codes.ts";

/** `end`: text before it holds no marker, however it goes on. `marker`: the one that stands there, if that is certain. */
export interface Sighting {
  readonly end: number;
  readonly marker: string | undefined;
}

export class MarkerScanner {
  private readonly markers: readonly string[];
  private readonly longest: number;
  private readonly anyMarker: RegExp;

  /** None of the markers is empty; without any, all text is free of them. */
  constructor(markers: readonly string[]) {
    if (markers.includes("")) throw new RangeError("a marker can't be empty");
    this.markers = markers;
    this.longest = Math.max(1, ...markers.map((marker) => marker.length));
    const longestFirst = markers.toSorted((a, b) => b.length - a.length);
    this.anyMarker = new RegExp(markers.length === 0 ? "(?!)" : longestFirst.map(escapePattern).join("|"), "g");
  }

  /** Looks at `text` from `from` to `to`; `isComplete`: nothing comes behind `to`. Cost: linear, times the markers in the last few characters. */
  scan(text: string, from: number, to: number, isComplete: boolean): Sighting {
    this.anyMarker.lastIndex = from;
    const match = this.anyMarker.exec(to === text.length ? text : text.slice(0, to));
    const at = match?.index ?? to;
    const unsure = isComplete ? to : this.firstBeginning(text, from, to);
    return unsure <= at ? { end: unsure, marker: undefined } : { end: at, marker: match?.[0] };
  }

  /** Where the earliest marker begins of which only a part has come; `to` where there is none. */
  private firstBeginning(text: string, from: number, to: number): number {
    for (let at = Math.max(from, to - this.longest + 1); at < to; at++) {
      const length = to - at;
      const isBeginning = this.markers.some(
        (marker) => marker.length > length && text.startsWith(marker.slice(0, length), at),
      );
      if (isBeginning) return at;
    }
    return to;
  }
}

/** A text's pieces, where markers are special tokens. */
export function splitAtMarkers(text: string, markers: readonly string[]): OutputPiece[] {
  const scanner = new MarkerScanner(markers);
  const pieces: OutputPiece[] = [];
  for (let at = 0; at < text.length; ) {
    const { end, marker } = scanner.scan(text, at, text.length, true);
    if (end > at) pieces.push({ text: text.slice(at, end) });
    if (marker !== undefined) pieces.push({ special: marker });
    at = end + (marker?.length ?? 0);
  }
  return pieces;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
