// An engine that says what a test wants: each choice of a text is given as a script, whose next token is by far the likeliest. It holds
// the loop to its contract: what is known of a sequence has been forward, forks come from sequences that are still there.
import { expect } from "vitest";
import type { Engine, ForwardRow } from "../../../src/chat/engine.ts";
import { Vocabulary } from "../../../src/vocabulary/vocabulary.ts";

export interface ScriptedOptions {
  /** By prompt: what is said behind it. Special tokens stand by their names. */
  readonly script: (prompt: string) => string;
  readonly pieces?: readonly string[];
  readonly specials?: readonly string[];
  readonly engine?: Partial<Engine>;
  /** Called with each pass; may throw, or give an Error for a row. */
  readonly onPass?: (rows: readonly ForwardRow[]) => readonly (Error | undefined)[] | undefined;
}

export interface ScriptedEngine extends Engine {
  /** Rows of each pass. */
  readonly passes: number[];
  /** How many tokens each row brought that weren't known. */
  readonly fresh: number[];
  readonly held: ReadonlySet<number>;
}

export function scriptedEngine({
  script,
  pieces = [],
  specials = [],
  engine = {},
  onPass,
}: ScriptedOptions): ScriptedEngine {
  const encoder = new TextEncoder();
  const texts = [...new Set(pieces)].sort((a, b) => b.length - a.length);
  const names = ["<eos>", "<|im_start|>", "<|im_end|>", ...specials];
  const first = 256 + texts.length;
  const specialTokens = new Map(names.map((name, i) => [name, first + i]));
  const encodeWith = (known: readonly (readonly [string, number])[], text: string): number[] => {
    const ids: number[] = [];
    for (let at = 0; at < text.length; ) {
      const found = known.find(([piece]) => text.startsWith(piece, at));
      if (found !== undefined) {
        ids.push(found[1]);
        at += found[0].length;
      } else {
        const character = String.fromCodePoint(text.codePointAt(at)!);
        ids.push(...encoder.encode(character));
        at += character.length;
      }
    }
    return ids;
  };
  const ordinary = texts.map((text, i) => [text, 256 + i] as const);
  const encode = (text: string) => encodeWith(ordinary, text);
  const vocabulary = Vocabulary.fromTokens(
    [
      ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
      ...texts.map((text) => encoder.encode(text)),
      ...names.map(() => null),
    ],
    { eosTokenIds: [specialTokens.get("<eos>")!], specialTokens, encode },
  );
  const idNames = new Map([...specialTokens].map(([name, id]) => [id, name]));
  const decode = (tokens: readonly number[]) => {
    const bytes = tokens.flatMap((id) => [...(vocabulary.tokenBytes(id) ?? encoder.encode(idNames.get(id)!))]);
    return new TextDecoder().decode(Uint8Array.from(bytes));
  };
  const passes: number[] = [];
  const fresh: number[] = [];
  /** By sequence: how many tokens it has been forward with. */
  const held = new Map<number, number>();
  const released = new Set<number>();
  const prompts: (readonly number[])[] = [];
  return {
    model: "scripted",
    vocabulary,
    encode,
    decode,
    prompt(request) {
      const prompt = encode(String(request.messages.at(-1)!.content));
      prompts.push(prompt);
      return prompt;
    },
    async forward(rows) {
      passes.push(rows.length);
      const failed = onPass?.(rows);
      return rows.map((row, i) => {
        const { sequence, tokens, known, forkOf } = row;
        if (forkOf !== undefined) {
          expect(held.get(forkOf)).toBeGreaterThanOrEqual(known);
        } else expect(held.get(sequence) ?? 0).toBe(known);
        expect(known).toBeLessThan(tokens.length);
        if (failed?.[i] !== undefined) return failed[i]!;
        fresh.push(tokens.length - known);
        held.set(sequence, tokens.length);
        // Forced tokens may stand behind the prompt from the first pass on.
        const prompt = prompts.find((each) => each.every((token, at) => token === tokens[at]))!;
        const said = tokens.slice(prompt.length);
        const wanted = encodeWith([...specialTokens, ...ordinary], script(decode(prompt)));
        const next = said.every((token, at) => wanted[at] === token) ? wanted[said.length] : undefined;
        const logits = new Float32Array(vocabulary.size);
        logits[next ?? specialTokens.get("<eos>")!] = 30;
        return logits;
      });
    },
    release(sequence) {
      expect(released.has(sequence)).toBe(false);
      released.add(sequence);
      held.delete(sequence);
    },
    passes,
    fresh,
    get held() {
      return new Set(held.keys());
    },
    ...engine,
  };
}
