// Reads answers in which calls may stand: text is content until a call begins; what only looked like one is content as well.
import type { Incoming, Script } from "../readers/incoming.ts";
import { MarkerScanner } from "../readers/marker-scanner.ts";

export interface CallReading {
  /** With what calls begin, as they stand in the text. */
  readonly begins: readonly string[];
  /** Reads calls from their begin on; false, and nothing was read, where there is none after all. */
  read(): Script<boolean>;
}

/** Calls anywhere in the text. */
export function* readAnswer(incoming: Incoming, calls: CallReading): Script {
  const scanner = new MarkerScanner(calls.begins);
  for (;;) {
    const begin = yield* incoming.until(scanner, (text) => incoming.content(text));
    if (begin === undefined) return;
    if (!(yield* calls.read()) && (yield* incoming.take(begin))) incoming.content(begin);
  }
}

/** An answer that is either calls or text: with calls it begins. */
export function* readEitherAnswer(incoming: Incoming, calls: CallReading): Script {
  while (yield* calls.read());
  yield* incoming.until(new MarkerScanner([]), (text) => incoming.content(text));
}
