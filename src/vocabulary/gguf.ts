// Loader for the tokenizer in a GGUF file's metadata (github.com/ggml-org/ggml, docs/gguf.md). A token's bytes are what
// llama.cpp writes for it: by its type (normal, user-defined, byte, …) and the kind of model.
import { ConstraintError } from "../base/errors.ts";
import { byteLevelBytes, fallbackByte, spaceSign, textBytes } from "./spelling.ts";
import { checkTokenId, pointerOf, type TokenTable, TokenTableBuilder, type Where } from "./token-table.ts";

type Metadata = Readonly<Record<string, unknown>>;

// Values of tokenizer.ggml.token_type.
const normal = 1;
const unknown = 2;
const control = 3;
const userDefined = 4;
const unused = 5;
const byte = 6;

const tokensKey = "tokenizer.ggml.tokens";
const typesKey = "tokenizer.ggml.token_type";
const modelKey = "tokenizer.ggml.model";

/** Tokens that end a text or a turn: any of them stops llama.cpp. */
const eosKeys = ["eos_token_id", "eot_token_id", "eom_token_id"].map((name) => `tokenizer.ggml.${name}`);
const specialKeys = ["bos", "unknown", "separator", "padding", "cls", "mask"].map(
  (name) => `tokenizer.ggml.${name}_token_id`,
);

/**
 * `metadata`: key → value, as a GGUF reader gives it (arrays may be typed arrays). `eosTokenIds`: those of the caller; without
 * any, the file's own are taken. Throws "syntax" where there is no tokenizer, "invalid" for a broken one, "unsupported" for
 * models other than "gpt2", "llama" and "t5", with a JSON Pointer into the metadata. Cost: linear.
 */
export function readGguf(metadata: unknown, eosTokenIds: readonly number[] | undefined): TokenTable {
  if (typeof metadata !== "object" || metadata === null) {
    throw new ConstraintError("syntax", "No GGUF metadata: expected an object", pointerOf());
  }
  const source = metadata as Metadata;
  const tokens = listAt(source, tokensKey);
  if (tokens === undefined) {
    throw new ConstraintError("syntax", "The GGUF metadata has no tokenizer", pointerOf(tokensKey));
  }
  const types = listAt(source, typesKey);
  if (types !== undefined && types.length !== tokens.length) {
    throw new ConstraintError("invalid", `${types.length} types for ${tokens.length} tokens`, pointerOf(typesKey));
  }
  const model = source[modelKey];
  if (model !== "gpt2" && model !== "llama" && model !== "t5") {
    throw new ConstraintError(
      "unsupported",
      `Tokenizers of this kind aren't supported (${String(model)}); "gpt2", "llama" and "t5" are`,
      pointerOf(modelKey),
    );
  }

  const ids = (keys: readonly string[]) => keys.map((key) => idAt(source, key)).filter((id) => id !== undefined);
  const eos = eosTokenIds ?? [...new Set(ids(eosKeys))];
  const special = new Set([...eos, ...ids(eosKeys), ...ids(specialKeys)]);

  const table = new TokenTableBuilder();
  let id = 0;
  const where: Where = () => pointerOf(tokensKey, id);
  for (; id < tokens.length; id++) {
    checkTokenId(id, where);
    const text = tokens[id];
    if (typeof text !== "string") throw new ConstraintError("invalid", "Expected a string", where());
    // Old files have no types: bytes are known by their form then.
    const type = types?.[id] ?? (model !== "gpt2" && fallbackByte(text) >= 0 ? byte : normal);
    if (type === unknown || type === control || special.has(id)) table.addSpecial(id, text, where);
    else if (type === unused) table.addHole(id, where);
    else {
      const bytes = tokenBytes(text, type, model === "gpt2");
      if (bytes === null) {
        throw new ConstraintError(
          "invalid",
          `${JSON.stringify(text)} spells no bytes as a token of type ${String(type)}`,
          where(),
        );
      }
      table.add(id, bytes, where);
    }
  }
  return table.finish(eos);
}

function tokenBytes(text: string, type: unknown, isByteLevel: boolean): Uint8Array | null {
  if (type === normal) return isByteLevel ? byteLevelBytes(text) : textBytes(text.replaceAll(spaceSign, " "));
  if (type === userDefined) return textBytes(text);
  if (type === byte && fallbackByte(text) >= 0) return Uint8Array.of(fallbackByte(text));
  return null;
}

function listAt(metadata: Metadata, key: string): ArrayLike<unknown> | undefined {
  const value = metadata[key] ?? undefined;
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return value;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return value as unknown as ArrayLike<unknown>;
  throw new ConstraintError("invalid", "Expected an array", pointerOf(key));
}

function idAt(metadata: Metadata, key: string): number | undefined {
  const value = metadata[key] ?? undefined;
  return value === undefined ? undefined : checkTokenId(value, () => pointerOf(key));
}
