// What a reader makes of a choice's text while it is written: the parts of a message, in the order in which they come.

export type OutputEvent =
  | { readonly type: "reasoning"; readonly text: string }
  | { readonly type: "content"; readonly text: string }
  /** A tool call begins; calls are numbered from 0. `id` only where the model writes one itself. */
  | { readonly type: "tool_call"; readonly index: number; readonly name: string; readonly id?: string }
  /** The next piece of the JSON text of that call's arguments. */
  | { readonly type: "arguments"; readonly index: number; readonly text: string };

/**
 * Fed with what a model says, piece by piece; it holds back what may yet turn out to be a marker. What comes in is
 * never split inside a character. A special token comes by its name: it isn't the same as the text that looks like it.
 */
export interface OutputReader {
  text(text: string): OutputEvent[];
  special(name: string): OutputEvent[];
  /** The model has stopped: what was held back comes out. */
  end(): OutputEvent[];
}
