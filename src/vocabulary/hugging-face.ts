// Loader for Hugging Face's tokenizer.json (github.com/huggingface/tokenizers). A token's bytes are what the file's own
// decoder makes of its piece: the decoder is read as a list of steps, and a step that isn't known to work on each piece by
// itself is refused. Added tokens are read as their text; the special ones among them have no bytes.
import { ConstraintError } from "../base/errors.ts";
import { byteLevelBytes, fallbackByte, spaceSign, textBytes } from "./spelling.ts";
import { checkTokenId, pointerOf, type TokenTable, TokenTableBuilder, type Where } from "./token-table.ts";
import { maxTokenBytes } from "./token-trie.ts";

type Path = readonly (string | number)[];
type JsonObject = Readonly<Record<string, unknown>>;

/** One step of a decoder, on one piece. */
type Step =
  | { readonly kind: "byteLevel" }
  | { readonly kind: "byteFallback" }
  | { readonly kind: "replace"; readonly pattern: string; readonly content: string };

/** A decoder of more steps, or nested deeper, is no real one. */
const maxSteps = 32;
const maxReplacement = 16;

/**
 * `json`: the parsed file. Ids in `eosTokenIds` become special tokens even where the file has them as text, and so does the
 * model's unknown token. Throws "syntax" for what is no tokenizer.json, "invalid" for a broken one, "unsupported" for
 * WordPiece and other spellings, all with a JSON Pointer. Cost: linear.
 */
export function readTokenizerJson(json: unknown, eosTokenIds: readonly number[]): TokenTable {
  if (!isObject(json) || !isObject(json["model"])) {
    throw new ConstraintError("syntax", "No tokenizer.json: expected a parsed JSON object with a model", pointerOf());
  }
  const model = json["model"];
  const type = modelType(model);
  const steps = readSteps(json, model);
  const added = readAddedTokens(json);
  const pieces = readPieces(model, type);
  const special = new Set(eosTokenIds);
  const unknown = unknownId(model, type, pieces);
  if (unknown !== undefined) special.add(unknown);

  const table = new TokenTableBuilder();
  let piece: Piece = { text: "", id: 0, key: "" };
  const atPiece: Where = () => pointerOf("model", "vocab", piece.key);
  for (piece of pieces) {
    const { id, text } = piece;
    const other = added.get(id);
    if (other !== undefined) {
      // An added token repeats a piece of the model; it can't rename one.
      if (other.content !== text) {
        throw invalid(`Id ${id} is ${quote(text)} in the model, ${quote(other.content)} here`, other.path);
      }
    } else if (special.has(id)) table.addSpecial(id, text, atPiece);
    else table.add(id, pieceBytes(text, steps, atPiece), atPiece);
  }
  // Byte-level or not, an added token is spelled as it is; a SentencePiece decoder runs over it like over any other.
  const addedSteps = steps.filter((step) => step.kind !== "byteLevel");
  for (const [id, { content, isSpecial, path }] of added) {
    const where = () => pointerOf(...path);
    if (isSpecial || special.has(id)) table.addSpecial(id, content, where);
    else table.add(id, pieceBytes(content, addedSteps, where), where);
  }
  return table.finish([]);
}

interface AddedToken {
  readonly content: string;
  readonly isSpecial: boolean;
  readonly path: Path;
}

function readAddedTokens(json: JsonObject): Map<number, AddedToken> {
  const added = new Map<number, AddedToken>();
  const list = json["added_tokens"] ?? [];
  if (!Array.isArray(list)) throw invalid("Expected an array", ["added_tokens"]);
  for (const [i, token] of list.entries()) {
    const path: Path = ["added_tokens", i];
    if (!isObject(token)) throw invalid("Expected an object", path);
    const { id, content, special } = token;
    if (typeof content !== "string") throw invalid("Expected a string", [...path, "content"]);
    if (special !== undefined && typeof special !== "boolean")
      throw invalid("Expected a boolean", [...path, "special"]);
    const checked = checkTokenId(id, () => pointerOf(...path, "id"));
    if (added.has(checked)) throw invalid(`Two added tokens have the id ${checked}`, [...path, "id"]);
    added.set(checked, { content, isSpecial: special === true, path });
  }
  return added;
}

type ModelType = "BPE" | "Unigram";

function modelType(model: JsonObject): ModelType {
  // Files older than the field: only BPE has merges, only Unigram a list for a vocabulary.
  const type =
    model["type"] ?? (Array.isArray(model["merges"]) ? "BPE" : Array.isArray(model["vocab"]) ? "Unigram" : undefined);
  if (type !== "BPE" && type !== "Unigram") {
    throw unsupported(`Models of type ${quote(type)} aren't supported; BPE and Unigram are`, ["model", "type"]);
  }
  for (const key of ["continuing_subword_prefix", "end_of_word_suffix"]) {
    if ((model[key] ?? "") !== "") throw unsupported(`Pieces with a ${key} aren't supported`, ["model", key]);
  }
  return type;
}

interface Piece {
  readonly text: string;
  readonly id: number;
  /** In the model's vocab: its piece, or its index. */
  readonly key: string | number;
}

function readPieces(model: JsonObject, type: ModelType): Piece[] {
  const vocab = model["vocab"];
  let key: string | number = "";
  const where: Where = () => pointerOf("model", "vocab", key);
  if (type === "Unigram") {
    if (!Array.isArray(vocab)) throw invalid("Expected an array", ["model", "vocab"]);
    return vocab.map((entry: unknown, id): Piece => {
      key = id;
      const text: unknown = Array.isArray(entry) ? entry[0] : undefined;
      if (typeof text !== "string") throw new ConstraintError("invalid", "Expected a piece and its score", where());
      return { text, id: checkTokenId(id, where), key };
    });
  }
  if (!isObject(vocab)) throw invalid("Expected an object", ["model", "vocab"]);
  return Object.keys(vocab).map((text): Piece => {
    key = text;
    return { text, id: checkTokenId(vocab[text], where), key };
  });
}

function unknownId(model: JsonObject, type: ModelType, pieces: readonly Piece[]): number | undefined {
  if (type === "Unigram") {
    const id = model["unk_id"] ?? undefined;
    return id === undefined ? undefined : checkTokenId(id, () => pointerOf("model", "unk_id"));
  }
  const unknown = model["unk_token"] ?? undefined;
  if (unknown !== undefined && typeof unknown !== "string") throw invalid("Expected a string", ["model", "unk_token"]);
  return unknown === undefined ? undefined : pieces.find(({ text }) => text === unknown)?.id;
}

function pieceBytes(piece: string, steps: readonly Step[], where: Where): Uint8Array {
  let text = piece;
  for (const step of steps) {
    if (text.length > maxTokenBytes) throw new ConstraintError("limit", "The token is too long", where());
    if (step.kind === "byteLevel") {
      const bytes = byteLevelBytes(text);
      if (bytes !== null) return bytes;
      throw new ConstraintError("invalid", `${quote(piece)} has a character that stands for no byte`, where());
    }
    if (step.kind === "byteFallback") {
      const byte = fallbackByte(text);
      if (byte >= 0) return Uint8Array.of(byte);
    } else text = text.replaceAll(step.pattern, () => step.content);
  }
  const bytes = textBytes(text);
  if (bytes === null) throw new ConstraintError("invalid", "The token has a lone surrogate", where());
  return bytes;
}

/** The decoder's steps; where the file has no decoder, what its pre-tokenizer and model say about the spelling. */
function readSteps(json: JsonObject, model: JsonObject): readonly Step[] {
  const steps: Step[] = [];
  const decoder = json["decoder"] ?? undefined;
  if (decoder === undefined) {
    const preTokenizers = flatten(json["pre_tokenizer"] ?? undefined, ["pre_tokenizer"], "pretokenizers");
    if (preTokenizers.some(({ part }) => part["type"] === "ByteLevel")) return [{ kind: "byteLevel" }];
    const metaspace = preTokenizers.find(({ part }) => part["type"] === "Metaspace");
    if (metaspace === undefined && model["byte_fallback"] !== true) {
      throw unsupported("Without a decoder, nothing tells how the tokens are spelled", ["decoder"]);
    }
    steps.push(metaspace === undefined ? spaceStep(spaceSign) : metaspaceStep(metaspace.part, metaspace.path));
  }
  let isFused = false;
  for (const { part, path } of flatten(decoder, ["decoder"], "decoders")) {
    const type = part["type"];
    if (type === "Fuse") isFused = true;
    // By position: the start of the text. The vocabulary has the tokens as they are elsewhere; see `stripLeadingSpace`.
    else if (type === "Strip" && isFused && part["content"] === " " && part["stop"] === 0) continue;
    else if (isFused || steps.at(-1)?.kind === "byteLevel") {
      throw unsupported(`A decoder of type ${quote(type)} at this place isn't supported`, path);
    } else if (type === "ByteLevel") steps.push({ kind: "byteLevel" });
    else if (type === "ByteFallback") steps.push({ kind: "byteFallback" });
    else if (type === "Replace") steps.push(replaceStep(part, path));
    else if (type === "Metaspace") steps.push(metaspaceStep(part, path));
    else throw unsupported(`Decoders of type ${quote(type)} aren't supported`, path);
  }
  const isByteLevel = steps.some((step) => step.kind === "byteLevel");
  if (model["byte_fallback"] === true && !isByteLevel && !steps.some((step) => step.kind === "byteFallback")) {
    steps.push({ kind: "byteFallback" });
  }
  return steps;
}

function spaceStep(sign: string): Step {
  return { kind: "replace", pattern: sign, content: " " };
}

function metaspaceStep(part: JsonObject, path: Path): Step {
  const sign = part["replacement"] ?? spaceSign;
  if (typeof sign !== "string" || [...sign].length !== 1)
    throw invalid("Expected one character", [...path, "replacement"]);
  return spaceStep(sign);
}

function replaceStep(part: JsonObject, path: Path): Step {
  const { pattern, content } = part;
  const text = isObject(pattern) ? pattern["String"] : undefined;
  if (typeof text !== "string") throw unsupported("Only a string can be replaced", [...path, "pattern"]);
  if (text === "") throw invalid("The empty string can't be replaced", [...path, "pattern"]);
  if (typeof content !== "string") throw invalid("Expected a string", [...path, "content"]);
  if (content.length > maxReplacement) throw new ConstraintError("limit", "Too long", pointerOf(...path, "content"));
  return { kind: "replace", pattern: text, content };
}

interface Part {
  readonly part: JsonObject;
  readonly path: Path;
}

/** The parts of a decoder or pre-tokenizer in order, those of nested sequences too. */
function flatten(value: unknown, path: Path, key: "decoders" | "pretokenizers"): Part[] {
  const parts: Part[] = [];
  const visit = (part: unknown, at: Path): void => {
    if (!isObject(part)) throw invalid("Expected an object", at);
    if (parts.length >= maxSteps || at.length > maxSteps) {
      throw new ConstraintError("limit", `More than ${maxSteps} parts`, pointerOf(...at));
    }
    const nested = part["type"] === "Sequence" ? part[key] : undefined;
    if (part["type"] !== "Sequence") parts.push({ part, path: at });
    else if (!Array.isArray(nested)) throw invalid("Expected an array", [...at, key]);
    else for (const [i, each] of nested.entries()) visit(each, [...at, key, i]);
  };
  if (value !== undefined) visit(value, path);
  return parts;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function quote(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : typeof value;
}

function invalid(message: string, path: Path): ConstraintError {
  return new ConstraintError("invalid", message, pointerOf(...path));
}

function unsupported(message: string, path: Path): ConstraintError {
  return new ConstraintError("unsupported", message, pointerOf(...path));
}
