// A small vocabulary: every byte is a token, and so are some longer texts that go across what the formats are made of.
import { Vocabulary } from "../../src/index.ts";

const longer = [
  "<tool",
  "_call>",
  "</",
  "</tool",
  '{"',
  '":',
  '": ',
  '": "',
  '"}',
  '"}}',
  "}}",
  '{"name',
  '", "',
  '"name": "',
  "get",
  "get_w",
  "\n</",
  "}\n",
  ">\n",
  "<function",
  "=get",
  "[{",
  "}]",
  ", {",
  "functions",
  "```",
  "json\n",
  "\n```",
  "assistant",
  " to=",
  "Hello",
  "parameter",
  "arg_",
  "key>",
  "value>",
  "<｜",
  "｜>",
  "東京",
  "<think>",
  "</parameter>",
  "</arg_value>",
  "</｜DSML｜parameter>",
  "I'll check.",
];

/** The last token ends a text. */
export function familyVocabulary(specials: readonly string[]): Vocabulary {
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const texts = longer.map((text) => new TextEncoder().encode(text));
  const tokens: (Uint8Array | null)[] = [...bytes, ...texts, ...specials.map(() => null), null];
  const first = bytes.length + texts.length;
  return Vocabulary.fromTokens(tokens, {
    eosTokenIds: [tokens.length - 1],
    specialTokens: new Map(specials.map((name, i) => [name, first + i])),
  });
}

/** A text's tokens: at each place the longest, or one that `pick` chooses of those that fit (shortest first). */
export function tokensOf(
  vocabulary: Vocabulary,
  text: string,
  pick = (ids: readonly number[]): number => ids.at(-1)!,
): number[] {
  const bytes = new TextEncoder().encode(text);
  const tokens: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const fitting = [bytes[at]!];
    for (let id = 256; id < 256 + longer.length; id++) {
      const token = vocabulary.tokenBytes(id)!;
      if (token.every((byte, i) => byte === bytes[at + i])) fitting.push(id);
    }
    fitting.sort((a, b) => vocabulary.tokenBytes(a)!.length - vocabulary.tokenBytes(b)!.length);
    const id = pick(fitting);
    tokens.push(id);
    at += vocabulary.tokenBytes(id)!.length;
  }
  return tokens;
}
