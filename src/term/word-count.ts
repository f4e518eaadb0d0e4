// Whether a procedure without calls has many words ahead, without counting them: states lead on by contract, so each further
// beginning is a word more.
import type { Procedure } from "./procedure.ts";

/** Words longer than this aren't looked at. */
const maxDepth = 64;

/**
 * Are there surely more than `count` words ahead of these states, each reached by a text that isn't the beginning of another's? Cost: `count` steps of 256
 * bytes, for each byte that a word is long.
 */
export function hasMoreWords(
  procedure: Procedure,
  count: number,
  states: readonly number[] = [procedure.start],
): boolean {
  let ended = 0;
  let beginnings = states.filter((state) => state > 0);
  for (let depth = 0; depth < maxDepth && beginnings.length > 0; depth++) {
    if (ended + beginnings.length > count) return true;
    const longer: number[] = [];
    for (const at of beginnings) {
      if (procedure.isAccepting(at)) ended++;
      for (let byte = 0; byte < 256; byte++) {
        const next = procedure.step(at, byte);
        if (next > 0) longer.push(next);
        if (ended + longer.length > count) return true;
      }
    }
    beginnings = longer;
  }
  return ended > count;
}
