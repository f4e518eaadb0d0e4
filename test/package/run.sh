#!/usr/bin/env bash
# The tarball as a user gets it: packed, installed into an empty project, imported from plain JavaScript, bundled for a browser, run as a
# command.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
rm -rf dist
npm run --silent build
tarball=$(npm pack --silent --pack-destination "$work" | tail -1)
cd "$work"
npm init -y >/dev/null
npm install --silent --prefer-offline --no-audit --no-fund "./$tarball"
cat >use.mjs <<'JS'
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Compiler, ConstraintError, Vocabulary } from "grammask";
import { ChatDecoder, RequestError, RequestReader } from "grammask/chat";
import requestSchema from "grammask/chat/request.schema.json" with { type: "json" };
import { standInEngine } from "grammask/engines/stand-in";
import { applyMask } from "grammask/gpu";
import { ChatServer } from "grammask/server";
const tokens = ["a", "b", "ab", "c"].map((text) => new TextEncoder().encode(text));
const vocabulary = Vocabulary.fromTokens([...tokens, null], { eosTokenIds: [4] });
const compiler = new Compiler(vocabulary);
const matcher = compiler.compile({ type: "regex", pattern: "(ab)+" }).matcher();
const mask = new Uint32Array(1);
matcher.fillMask(mask);
assert.equal(mask[0], 0b00101);
const logits = new Float32Array(5);
applyMask(logits, mask, { rows: 1, vocabularySize: 5 });
assert.deepEqual([...logits], [0, -Infinity, 0, -Infinity, -Infinity]);
assert.equal(matcher.accept(2), true);
assert.equal(matcher.isAccepting, true);
assert.throws(() => compiler.compile({ type: "regex", pattern: "(a" }), ConstraintError);
const reader = new RequestReader();
const request = '{"model":"m","messages":[{"role":"user","content":"Hi"}],"sampling_seed":18446744073709551615}';
assert.equal(reader.read(request).sampling.seed, 2n ** 64n - 1n);
assert.throws(() => reader.read("{}"), RequestError);
assert.deepEqual(requestSchema.required, ["messages", "model"]);
const { exports } = JSON.parse(readFileSync("node_modules/grammask/package.json", "utf8"));
const entries = Object.keys(exports).filter((path) => !path.endsWith(".json"));
for (const path of entries) assert.ok(Object.keys(await import(`grammask${path.slice(1)}`)).length > 0, path);
assert.ok(entries.length >= 10);
const answer = await new ChatDecoder(standInEngine()).generate({ model: "stand-in", regex: "(yes|no)!", messages: [{ role: "user", content: "?" }] });
assert.match((await answer.completion()).choices[0].message.content, /^(yes|no)!$/);
// The constraint is tried in a process of its own, whose file must be there.
const server = new ChatServer(new ChatDecoder(standInEngine()));
const url = await server.listen(0);
const body = JSON.stringify({ model: "stand-in", regex: "(yes|no)[?]", messages: [{ role: "user", content: "?" }] });
const served = await fetch(`${url}/v1/chat/completions`, { method: "POST", body });
assert.match((await served.json()).choices[0].message.content, /^(yes|no)[?]$/);
await server.close();
JS
node use.mjs 2>warnings.txt
if [ -s warnings.txt ]; then cat warnings.txt; exit 1; fi
cat >page.mjs <<'JS'
import { Compiler, Vocabulary } from "grammask";
import { ChatDecoder } from "grammask/chat";
import { standInEngine } from "grammask/engines/stand-in";
import { MaskKernel } from "grammask/gpu";
export * as llama from "grammask/engines/node-llama-cpp";
export * as onnx from "grammask/engines/onnxruntime";
export * as transformers from "grammask/engines/transformers";
export * as webLlm from "grammask/engines/web-llm";
export * as wllama from "grammask/engines/wllama";
export async function use() {
  const vocabulary = Vocabulary.fromTokens([new TextEncoder().encode("ab"), null], { eosTokenIds: [1] });
  const { count } = new Compiler(vocabulary).compile({ type: "regex", pattern: "(ab)+" }).matcher().mask();
  const adapter = await navigator.gpu.requestAdapter();
  (await MaskKernel.create(await adapter.requestDevice())).dispose();
  const answer = await new ChatDecoder(standInEngine()).generate({ model: "stand-in", regex: "fine", messages: [{ role: "user", content: "?" }] });
  return count === 1 ? (await answer.completion()).choices[0].message.content : `${count} tokens`;
}
JS
(cd "$root" && npx tsx test/package/use-in-browser.ts "$work/page.mjs")
printf 'a+b' >good.regex
printf '(a' >bad.regex
npx grammask check good.regex
if npx grammask check bad.regex 2>err.txt; then echo "bad.regex was not refused"; exit 1; fi
grep -q 'bad.regex:1:' err.txt
if grep -q '    at ' err.txt; then echo "a stack trace was shown"; exit 1; fi
npx grammask generate good.regex --seed 3 | grep -Eq '^a+b$'
echo "tarball fine"
