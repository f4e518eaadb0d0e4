import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConstraintError } from "../../src/base/errors.ts";
import { Vocabulary } from "../../src/vocabulary/vocabulary.ts";

const refused = (code: string, location?: unknown) =>
  expect.objectContaining({ name: "ConstraintError", code, ...(location === undefined ? {} : { location }) });
const at = (pointer: string) => ({ pointer });

/** Latin 1 for bytes, so that expectations read as text; null for none. */
const spelled = (vocabulary: Vocabulary) =>
  Array.from({ length: vocabulary.size }, (_, id) => {
    const bytes = vocabulary.tokenBytes(id);
    return bytes === null ? null : Buffer.from(bytes).toString("latin1");
  });
const utf8 = (text: string) => Buffer.from(text).toString("latin1");

const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
const replaceSigns = { type: "Replace", pattern: { String: "▁" }, content: " " };
const spm = { type: "Sequence", decoders: [replaceSigns, { type: "ByteFallback" }, { type: "Fuse" }] };
const bpe = (vocab: unknown, rest: object = {}) => ({ type: "BPE", vocab, merges: [], ...rest });
const fromJson = (json: unknown, eosTokenIds = [0]) => Vocabulary.fromTokenizerJson(json, { eosTokenIds });

describe("Vocabulary.fromTokenizerJson", () => {
  test("reads byte-level pieces: printable bytes as themselves, the rest from Ā on", () => {
    const vocab = { "<|end|>": 0, Ġa: 1, Ċ: 2, "Ã©": 3, Ā: 4, Ń: 5, Â: 6, ł: 7, ġ: 8 };
    const json = { model: bpe(vocab), decoder: byteLevel };
    expect(spelled(fromJson(json))).toEqual([null, " a", "\n", utf8("é"), "\x00", "\xad", "\xc2", "\xa0", "\x7f"]);
    const withoutDecoder = {
      model: bpe(vocab),
      pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Split" }, byteLevel] },
    };
    expect(fromJson(withoutDecoder).hash).toBe(fromJson(json).hash);
    const nested = { model: bpe(vocab), decoder: { type: "Sequence", decoders: [byteLevel] } };
    expect(fromJson(nested).hash).toBe(fromJson(json).hash);
  });

  test("has a byte-level character for each byte", () => {
    const characters = [];
    for (let code = 0x21; code < 0x144; code++) {
      if (code <= 0x7e || (code >= 0xa1 && code !== 0xad)) characters.push(String.fromCharCode(code));
    }
    const vocab = Object.fromEntries([...characters.map((c, i) => [c, i]), ["<eos>", 256]]);
    const vocabulary = fromJson({ model: bpe(vocab), decoder: byteLevel }, [256]);
    expect(new Set(spelled(vocabulary).slice(0, 256)).size).toBe(256);
    expect(vocabulary.isByteComplete).toBe(true);
  });

  test("reads SentencePiece pieces: ▁ and <0x00>, the latter only as a whole piece", () => {
    const vocab = { "</s>": 0, "▁": 1, "▁a▁b": 2, "<0x41>": 3, "<0xfF>": 4, "<0x410>": 5, é: 6, A: 7, "<unk>": 8 };
    const vocabulary = fromJson({ model: bpe(vocab, { byte_fallback: true, unk_token: "<unk>" }), decoder: spm });
    expect(spelled(vocabulary)).toEqual([null, " ", " a b", "A", "\xff", "<0x410>", utf8("é"), "A", null]);
    expect([...vocabulary.specialTokens]).toEqual([
      ["</s>", 0],
      ["<unk>", 8],
    ]);
  });

  test("reads <0x00> only where the model or the decoder says that it is a byte", () => {
    const decoder = { type: "Metaspace", replacement: "_" };
    const vocab = { "</s>": 0, "_<": 1, "<0x41>": 2 };
    expect(spelled(fromJson({ model: bpe(vocab), decoder }))).toEqual([null, " <", "<0x41>"]);
    expect(spelled(fromJson({ model: bpe(vocab, { byte_fallback: true }), decoder }))).toEqual([null, " <", "A"]);
    const withoutDecoder = { model: bpe(vocab), pre_tokenizer: decoder };
    expect(spelled(fromJson(withoutDecoder))).toEqual([null, " <", "<0x41>"]);
  });

  test("reads Unigram's list", () => {
    const vocab = [
      ["<unk>", 0],
      ["</s>", 0],
      ["▁the", -3.2],
      ["", 0],
    ];
    const json = { model: { type: "Unigram", unk_id: 0, vocab }, decoder: { type: "Metaspace", replacement: "▁" } };
    expect(spelled(fromJson(json, [1]))).toEqual([null, null, " the", ""]);
    expect(() => fromJson({ ...json, model: { type: "Unigram", vocab: [["a", 0], 7] } }, [0])).toThrow(
      refused("invalid", at("/model/vocab/1")),
    );
  });

  test("added tokens: special ones have no bytes, others are their text", () => {
    const json = {
      model: bpe({ a: 0, "<|x|>": 1 }),
      decoder: byteLevel,
      added_tokens: [
        { id: 1, content: "<|x|>", special: true },
        { id: 2, content: "<think>", special: false },
        { id: 3, content: "é  ", special: false },
        { id: 5, content: "<|end|>", special: false },
        { id: 6, content: "__proto__", special: true },
      ],
    };
    const vocabulary = fromJson(json, [5]);
    expect(spelled(vocabulary)).toEqual(["a", null, "<think>", utf8("é  "), null, null, null]);
    expect([...vocabulary.specialTokens]).toEqual([
      ["<|x|>", 1],
      ["<|end|>", 5],
      ["__proto__", 6],
    ]);
    const signs = { model: bpe({ a: 0 }), decoder: spm, added_tokens: [{ id: 1, content: "▁▁", special: false }] };
    expect(spelled(fromJson(signs))).toEqual([null, "  "]);
  });

  test("a piece may be called __proto__", () => {
    const model = JSON.parse('{"type": "BPE", "vocab": {"__proto__": 1, "constructor": 2, "x": 0}, "merges": []}');
    expect(spelled(fromJson({ model, decoder: byteLevel }))).toEqual([null, "__proto__", "constructor"]);
  });

  test("needs to be told the stop tokens", () => {
    const json = { model: bpe({ a: 0 }), decoder: byteLevel };
    expect(() => Vocabulary.fromTokenizerJson(json, {})).toThrow(refused("usage"));
    expect(() => Vocabulary.fromTokenizerJson(json, { eosTokenIds: [] })).toThrow(refused("usage"));
    expect(() => fromJson(json, [1])).toThrow(refused("usage"));
  });

  const good = { model: bpe({ a: 0, b: 1 }), decoder: byteLevel };
  const withAdded = (...added_tokens: unknown[]) => ({ ...good, added_tokens });
  const withDecoder = (decoder: unknown) => ({ ...good, decoder });
  const nest = (depth: number): object => (depth === 0 ? byteLevel : { type: "Sequence", decoders: [nest(depth - 1)] });
  const cases: [string, unknown, string, string][] = [
    ["a text", '{"model": {}}', "syntax", ""],
    ["null", null, "syntax", ""],
    ["no model", {}, "syntax", ""],
    ["WordPiece", { ...good, model: { type: "WordPiece", vocab: {} } }, "unsupported", "/model/type"],
    ["no type", { ...good, model: { vocab: {} } }, "unsupported", "/model/type"],
    [
      "a prefix",
      { ...good, model: bpe({}, { continuing_subword_prefix: "##" }) },
      "unsupported",
      "/model/continuing_subword_prefix",
    ],
    [
      "a suffix",
      { ...good, model: bpe({}, { end_of_word_suffix: "</w>" }) },
      "unsupported",
      "/model/end_of_word_suffix",
    ],
    ["no vocabulary", { ...good, model: bpe(undefined) }, "invalid", "/model/vocab"],
    ["a list for a vocabulary", { ...good, model: bpe(["a"]) }, "invalid", "/model/vocab"],
    ["a text for an id", { ...good, model: bpe({ a: 0, "b/~": "1" }) }, "invalid", "/model/vocab/b~1~0"],
    ["a negative id", { ...good, model: bpe({ a: 0, b: -1 }) }, "invalid", "/model/vocab/b"],
    ["a huge id", { ...good, model: bpe({ a: 0, b: 2 ** 31 }) }, "limit", "/model/vocab/b"],
    ["an id twice", { ...good, model: bpe({ a: 0, b: 1, c: 1 }) }, "invalid", "/model/vocab/c"],
    ["a piece that isn't byte-level", { ...good, model: bpe({ a: 0, "b c": 1 }) }, "invalid", "/model/vocab/b c"],
    ["a lone surrogate", { decoder: spm, model: bpe({ a: 0, "\ud800": 1 }) }, "invalid", "/model/vocab/\ud800"],
    [
      "a long piece",
      { decoder: spm, model: bpe({ a: 0, ["b".repeat(70_000)]: 1 }) },
      "limit",
      `/model/vocab/${"b".repeat(70_000)}`,
    ],
    ["a broken unknown token", { ...good, model: bpe({ a: 0 }, { unk_token: 7 }) }, "invalid", "/model/unk_token"],
    ["added tokens that are no list", { ...good, added_tokens: {} }, "invalid", "/added_tokens"],
    ["an added token that is no object", withAdded("x"), "invalid", "/added_tokens/0"],
    ["an added token without an id", withAdded({ content: "x" }), "invalid", "/added_tokens/0/id"],
    ["an added token without text", withAdded({ id: 4 }), "invalid", "/added_tokens/0/content"],
    [
      "a special that is no boolean",
      withAdded({ id: 4, content: "x", special: 1 }),
      "invalid",
      "/added_tokens/0/special",
    ],
    ["an added id twice", withAdded({ id: 4, content: "x" }, { id: 4, content: "y" }), "invalid", "/added_tokens/1/id"],
    [
      "an added name twice",
      withAdded({ id: 4, content: "x", special: true }, { id: 5, content: "x", special: true }),
      "invalid",
      "/added_tokens/1",
    ],
    ["a renamed piece", withAdded({ id: 1, content: "x" }), "invalid", "/added_tokens/0"],
    ["a decoder that is no object", withDecoder("ByteLevel"), "invalid", "/decoder"],
    ["WordPiece's decoder", withDecoder({ type: "WordPiece" }), "unsupported", "/decoder"],
    [
      "a decoder of another kind",
      withDecoder({ type: "Sequence", decoders: [{ type: "CTC" }] }),
      "unsupported",
      "/decoder/decoders/0",
    ],
    ["no decoder at all", withDecoder(null), "unsupported", "/decoder"],
    ["a sequence of nothing known", withDecoder({ type: "Sequence" }), "invalid", "/decoder/decoders"],
    [
      "a regex to replace",
      withDecoder({ type: "Replace", pattern: { Regex: "a" }, content: "" }),
      "unsupported",
      "/decoder/pattern",
    ],
    [
      "nothing to replace",
      withDecoder({ type: "Replace", pattern: { String: "" }, content: "" }),
      "invalid",
      "/decoder/pattern",
    ],
    [
      "a long replacement",
      withDecoder({ type: "Replace", pattern: { String: "a" }, content: "a".repeat(99) }),
      "limit",
      "/decoder/content",
    ],
    [
      "a replacement across tokens",
      withDecoder({ type: "Sequence", decoders: [{ type: "Fuse" }, replaceSigns] }),
      "unsupported",
      "/decoder/decoders/1",
    ],
    [
      "a strip of each token",
      withDecoder({ type: "Sequence", decoders: [{ type: "Strip", content: " ", start: 1, stop: 0 }] }),
      "unsupported",
      "/decoder/decoders/0",
    ],
    [
      "a strip of the end",
      withDecoder({
        type: "Sequence",
        decoders: [{ type: "Fuse" }, { type: "Strip", content: " ", start: 1, stop: 1 }],
      }),
      "unsupported",
      "/decoder/decoders/1",
    ],
    ["a decoder nested too deep", withDecoder(nest(1000)), "limit", `/decoder${"/decoders/0".repeat(16)}`],
    [
      "too many decoders",
      withDecoder({ type: "Sequence", decoders: Array(99).fill(replaceSigns) }),
      "limit",
      "/decoder/decoders/32",
    ],
  ];
  test.each(cases)("refuses %s", (_, json, code, pointer) => {
    expect(() => fromJson(json)).toThrow(refused(code, at(pointer)));
  });

  test("replacements can't blow up", () => {
    const grow = { type: "Replace", pattern: { String: "a" }, content: "a".repeat(16) };
    const json = { model: bpe({ x: 0, a: 1 }), decoder: { type: "Sequence", decoders: Array(32).fill(grow) } };
    expect(() => fromJson(json)).toThrow(refused("limit", at("/model/vocab/a")));
  });

  test("any JSON in any place is read or refused, never a crash", () => {
    const paths = [
      "model",
      "decoder",
      "added_tokens",
      "pre_tokenizer",
      "model.vocab",
      "model.type",
      "model.unk_token",
      "decoder.type",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 4 }), (path, value) => {
        const json: unknown = structuredClone({ ...good, added_tokens: [], pre_tokenizer: null });
        const keys = path.split(".");
        const last = keys.pop()!;
        const inside = keys.reduce((object, key) => (object as Record<string, unknown>)[key], json);
        (inside as Record<string, unknown>)[last] = value;
        try {
          expect(fromJson(json).size).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(ConstraintError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("Vocabulary.fromTiktoken", () => {
  const line = (bytes: Uint8Array, id: number) => `${Buffer.from(bytes).toString("base64")} ${id}`;
  const eos = { eosTokenIds: [1000], specialTokens: new Map([["<eos>", 1000]]) };

  test("reads what it should, in any order, with gaps and either line end", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(999), { maxLength: 30 }),
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 12 }), { minLength: 30, maxLength: 30 }),
        fc.constantFrom("\n", "\r\n", "\n\n"),
        (ids, tokens, newline) => {
          const vocabulary = Vocabulary.fromTiktoken(ids.map((id, i) => line(tokens[i]!, id)).join(newline), eos);
          expect(vocabulary.size).toBe(1001);
          for (let id = 0; id < 1000; id++) {
            const i = ids.indexOf(id);
            expect(vocabulary.tokenBytes(id)).toEqual(i < 0 ? null : tokens[i]);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test("needs special tokens beyond the file to be named", () => {
    expect(() => Vocabulary.fromTiktoken("YQ== 0", { eosTokenIds: [1] })).toThrow(refused("usage"));
    expect(() => Vocabulary.fromTiktoken("YQ== 0", {})).toThrow(refused("usage"));
    expect(Vocabulary.fromTiktoken("YQ== 0", { eosTokenIds: [1], size: 2 }).eosTokenIds).toEqual([1]);
  });

  const cases: [string, string, string, number, number][] = [
    ["no id", "YQ==", "invalid", 1, 1],
    ["no token", " 7", "", 0, 0],
    ["an id that is no number", "Yg== x", "invalid", 1, 1],
    ["an id that is negative", "Yg== -1", "invalid", 1, 1],
    ["two spaces", "Yg==  1", "invalid", 1, 1],
    ["three fields", "Yg== 1 2", "invalid", 1, 1],
    ["a huge id", "Yg== 99999999", "limit", 1, 6],
    ["an id twice", "Yg== 0", "invalid", 1, 6],
    ["a length that isn't of base64", "Yg= 1", "invalid", 1, 1],
    ["a foreign character", "Y-== 1", "invalid", 1, 1],
    ["a character beyond ASCII", "Yé== 1", "invalid", 1, 1],
    ["padding inside", "Y=g= 1", "invalid", 1, 1],
    ["three signs of padding", "Y=== 1", "invalid", 1, 1],
    ["stray bits", "YR== 1", "invalid", 1, 1],
  ];
  test.each(cases)("%s", (_, bad, code, line, column) => {
    const read = () => Vocabulary.fromTiktoken(`YQ== 0\n${bad}\n`, eos);
    // An empty token is odd, but no error: it keeps its id and is never allowed.
    if (code === "") expect(read().tokenBytes(7)).toEqual(new Uint8Array(0));
    else expect(read).toThrow(refused(code, expect.objectContaining({ line: line + 1, column })));
  });

  test("any text is read or refused", () => {
    const lines = fc.array(fc.stringMatching(/^[A-D=]{0,5} ?\d{0,2}$/), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          lines.map((each) => each.join("\n")),
        ),
        (text) => {
          try {
            expect(Vocabulary.fromTiktoken(text, eos).size).toBe(1001);
          } catch (error) {
            expect(error).toBeInstanceOf(ConstraintError);
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(() => Vocabulary.fromTiktoken(new Uint8Array(3) as never, eos)).toThrow(refused("usage"));
  });
});

describe("Vocabulary.fromGguf", () => {
  const gguf = (model: string, tokens: unknown, types?: unknown, rest: object = {}) => ({
    "tokenizer.ggml.model": model,
    "tokenizer.ggml.tokens": tokens,
    ...(types === undefined ? {} : { "tokenizer.ggml.token_type": types }),
    "tokenizer.ggml.eos_token_id": 0,
    ...rest,
  });

  test("reads SentencePiece tokens by type", () => {
    const tokens = ["</s>", "<unk>", "<0x0A>", "▁a", "▁<x> ", "<pad>", "<0x41>"];
    const vocabulary = Vocabulary.fromGguf(gguf("llama", tokens, Int32Array.of(3, 2, 6, 1, 4, 5, 1)));
    // A normal token <0x41> is text; a user-defined one is taken as it is.
    expect(spelled(vocabulary)).toEqual([null, null, "\n", " a", utf8("▁<x> "), null, "<0x41>"]);
    expect([...vocabulary.specialTokens.keys()]).toEqual(["</s>", "<unk>"]);
    expect(vocabulary.eosTokenIds).toEqual([0]);
  });

  test("reads byte-level tokens by type, and all stop tokens", () => {
    const rest = { "tokenizer.ggml.eot_token_id": 2, "tokenizer.ggml.bos_token_id": 4 };
    const metadata = gguf("gpt2", ["<e>", "Ġa", "<eot>", "é ", "<bos>", "é"], [3, 1, 1, 4, 1, 1], rest);
    const vocabulary = Vocabulary.fromGguf(metadata);
    expect(spelled(vocabulary)).toEqual([null, " a", null, utf8("é "), null, "\xe9"]);
    expect(vocabulary.eosTokenIds).toEqual([0, 2]);
    expect(Vocabulary.fromGguf(metadata, { eosTokenIds: [2] }).eosTokenIds).toEqual([2]);
  });

  test("reads files without types", () => {
    const vocabulary = Vocabulary.fromGguf(gguf("llama", ["</s>", "<0x41>", "▁"]));
    expect(spelled(vocabulary)).toEqual([null, "A", " "]);
    expect(spelled(Vocabulary.fromGguf(gguf("gpt2", ["<e>", "<0x41>"])))).toEqual([null, "<0x41>"]);
  });

  const key = (name: string) => `/tokenizer.ggml.${name}`;
  const cases: [string, unknown, string, string][] = [
    ["nothing", undefined, "syntax", ""],
    ["no tokenizer", {}, "syntax", key("tokens")],
    ["another model", gguf("bert", ["a"]), "unsupported", key("model")],
    ["no model", { "tokenizer.ggml.tokens": ["a"] }, "unsupported", key("model")],
    ["tokens that are no list", gguf("gpt2", "abc"), "invalid", key("tokens")],
    ["a token that is no text", gguf("gpt2", ["a", 5]), "invalid", key("tokens/1")],
    ["types that are no list", gguf("gpt2", ["a"], 5), "invalid", key("token_type")],
    ["fewer types than tokens", gguf("gpt2", ["a", "b"], [1]), "invalid", key("token_type")],
    ["an unknown type", gguf("gpt2", ["a", "b"], [1, 9]), "invalid", key("tokens/1")],
    ["a byte that is none", gguf("llama", ["a", "b"], [1, 6]), "invalid", key("tokens/1")],
    ["a broken byte-level token", gguf("gpt2", ["a", "b c"], [1, 1]), "invalid", key("tokens/1")],
    [
      "a broken stop token",
      gguf("gpt2", ["a"], [1], { "tokenizer.ggml.eos_token_id": "0" }),
      "invalid",
      key("eos_token_id"),
    ],
  ];
  test.each(cases)("refuses %s", (_, metadata, code, pointer) => {
    expect(() => Vocabulary.fromGguf(metadata)).toThrow(refused(code, at(pointer)));
  });

  test("needs a stop token, from the file or the caller", () => {
    const metadata = { ...gguf("gpt2", ["a", "b"]), "tokenizer.ggml.eos_token_id": undefined };
    expect(() => Vocabulary.fromGguf(metadata)).toThrow(refused("usage"));
    expect(() => Vocabulary.fromGguf(gguf("gpt2", ["a"]), { eosTokenIds: [1] })).toThrow(refused("usage"));
    expect(Vocabulary.fromGguf(metadata, { eosTokenIds: [1] }).eosTokenIds).toEqual([1]);
  });
});
