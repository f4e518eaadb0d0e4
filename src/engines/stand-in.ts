// A stand-in for a model, for demonstrations and tests of what is around one: a small vocabulary, and logits that are a pure function of
// the tokens so far. It babbles, likes letters better than signs, and the longer an answer gets the more it likes what closes it.
import type { Engine, ForwardRow } from "../chat/engine.ts";
import { Vocabulary } from "../vocabulary/vocabulary.ts";
import { tokenDecoder } from "./decode-tokens.ts";

/** Beside the 256 bytes: what English and JSON are full of, so that tokens cross the borders of words and of syntax. */
const pieces = [
  ..." the, and, of, to, a, in, is, it, you, that, he, was, for, on, are, with, as, his, they, be, at, one, have, this".split(
    ",",
  ),
  ..."ing ed er ion tion es re th an en on st al le ar or ti ter ent".split(" "),
  ..." one, two, three, red, green, blue, cat, dog, sun, sea".split(","),
  ...[
    '{"',
    '"}',
    '": ',
    '": "',
    '", "',
    '"]',
    '["',
    "},",
    "}]",
    '"}]',
    "true",
    "false",
    "null",
    "10",
    "12",
    "19",
    "20",
    ", ",
    ". ",
  ],
];
const specials = ["<|im_start|>", "<|im_end|>"];

export interface StandInOptions {
  /** What it is called; default "stand-in". */
  readonly model?: string;
  /** Another seed, another model. */
  readonly seed?: number;
  /** How long a forward pass takes at least, in milliseconds; default 0. */
  readonly delayMs?: number;
}

/** Deterministic: the same tokens give the same logits, whatever else is in the batch. */
export function standInEngine({ model = "stand-in", seed = 1, delayMs = 0 }: StandInOptions = {}): Engine {
  const encoder = new TextEncoder();
  const texts = [...new Set(pieces)];
  const ordinary = [
    ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
    ...texts.map((t) => encoder.encode(t)),
  ];
  const idOf = new Map(texts.map((text, i) => [text, 256 + i]));
  const specialIds = new Map(specials.map((name, i) => [name, ordinary.length + i]));
  const encode = (text: string): number[] => longestFirst(text, idOf, encoder);
  const vocabulary = Vocabulary.fromTokens([...ordinary, ...specials.map(() => null)], {
    eosTokenIds: [specialIds.get("<|im_end|>")!],
    specialTokens: specialIds,
    encode,
  });
  const { open, close } = inclinations(vocabulary);
  /** By sequence: where its answer begins. */
  const promptLengths = new Map<number, number>();
  return {
    model,
    vocabulary,
    encode,
    decode: tokenDecoder(vocabulary),
    async forward(rows: readonly ForwardRow[]) {
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      return rows.map(({ sequence, tokens, known, forkOf }) => {
        if (known === 0) promptLengths.set(sequence, tokens.length);
        else if (forkOf !== undefined) promptLengths.set(sequence, promptLengths.get(forkOf)!);
        const length = tokens.length - promptLengths.get(sequence)!;
        const context = hash(hash(seed, tokens.at(-1)!), tokens.at(-2) ?? 0);
        const haste = Math.min(length / 40, 8);
        return Float32Array.from(open, (inclination, id) => {
          const noise = hash(context, id) / 2 ** 32;
          return inclination + 4 * noise + haste * close[id]!;
        });
      });
    },
    release(sequence) {
      promptLengths.delete(sequence);
    },
  };
}

/** Per token: how much it is liked, and how much more the longer the answer gets. */
function inclinations(vocabulary: Vocabulary): { open: Float32Array; close: Float32Array } {
  const open = new Float32Array(vocabulary.size).fill(-20);
  const close = new Float32Array(vocabulary.size);
  const decoder = new TextDecoder();
  for (let id = 0; id < vocabulary.size; id++) {
    const bytes = vocabulary.tokenBytes(id);
    if (bytes === null) continue;
    const text = decoder.decode(bytes);
    open[id] = /^[ a-z]+$/.test(text) ? bytes.length / 2 : /^[\x20-\x7e\n]+$/.test(text) ? -1 : -9;
    if (/^["\]}]/.test(text)) close[id] = 1;
  }
  for (const id of vocabulary.eosTokenIds) {
    open[id] = 0;
    close[id] = 1;
  }
  return { open, close };
}

/** The longest piece at each place, or a byte. */
function longestFirst(
  text: string,
  idOf: ReadonlyMap<string, number>,
  encoder: InstanceType<typeof TextEncoder>,
): number[] {
  const longest = 6;
  const ids: number[] = [];
  for (let at = 0; at < text.length; ) {
    let length = Math.min(longest, text.length - at);
    while (length > 0 && !idOf.has(text.slice(at, at + length))) length--;
    if (length > 0) {
      ids.push(idOf.get(text.slice(at, at + length))!);
    } else {
      const character = String.fromCodePoint(text.codePointAt(at)!);
      ids.push(...encoder.encode(character));
      length = character.length;
    }
    at += length;
  }
  return ids;
}

/** A few rounds of multiply and shift (after MurmurHash3's finaliser): unsigned 32 bits. */
function hash(a: number, b: number): number {
  let h = Math.imul(a ^ Math.imul(b + 1, 0x9e3779b1), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
