// How the driver talks to an engine: one JSON object a line, a request and its reply, over a child process's pipes. Every
// engine, ours too, sits behind the same protocol, so that a hang or a crash of one is that one's own and clocks are read
// next to the call that is timed. engines.py speaks the same.
import type { WorkloadCase } from "../workload/case.ts";

export interface EngineOptions {
  /** "default": as the engine's users get it. "exact": `", "` and `": "` and the schema's own key order, where masks can be compared. */
  readonly json: "default" | "exact";
}

export type EngineCase = Omit<WorkloadCase, "texts" | "group">;

export type Request =
  /** Compiles and keeps the result for the next `run`. Engines' caches of whole constraints are off. */
  | { readonly op: "compile"; readonly case: EngineCase; readonly options: EngineOptions }
  /** A new matcher; before every token, and after the last one, a mask. Stops after `budgetMs` in masks and tokens. */
  | { readonly op: "run"; readonly ids: readonly number[]; readonly budgetMs: number }
  /** The mask after `ids`, in base64, little-endian. */
  | { readonly op: "mask"; readonly ids: readonly number[] };

export interface CompileReply {
  readonly ms: number;
  readonly error?: string;
}

export interface RunReply {
  /** Tokens accepted. */
  readonly accepted: number;
  /** May the text stop after the last accepted token? */
  readonly accepting: boolean;
  readonly truncated: boolean;
  readonly error?: string;
  /** One for each mask: `accepted` + 1 of them where nothing went wrong. Microseconds. */
  readonly maskUs: readonly number[];
  readonly acceptUs: readonly number[];
  /** Of ordinary tokens only (see `comparedWords`): how many are allowed, and a CRC-32 of the words. */
  readonly counts: readonly number[];
  readonly hashes: readonly number[];
  /** Figures on size, whatever the engine tells. */
  readonly sizes?: Readonly<Record<string, number>>;
}

export interface MaskReply {
  readonly words: string;
}

export type Reply = (CompileReply | RunReply | MaskReply) & { readonly crash?: string };

/** Llama 3's ordinary tokens are ids 0–127,999: the first 4,000 words of a mask. Special tokens, which engines treat differently, come after. */
export const comparedWords = 4000;
export const vocabularySize = 128_256;
/** `<|end_of_text|>`: the only stop token in all runs. */
export const stopToken = 128_001;
