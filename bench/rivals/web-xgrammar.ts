// @mlc-ai/web-xgrammar: XGrammar 0.1.27 as WebAssembly, with its caches of whole grammars off. It has no regexes of its own,
// so a regex goes in as a structural tag.
//
// Its package says "module" but holds a CommonJS bundle, which Node can't import; it is read and called as CommonJS here.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { compileFunction, constants } from "node:vm";
import type * as WebXgrammar from "@mlc-ai/web-xgrammar";
import type { Engine, EngineMatcher, TokenizerJson } from "./engine.ts";
import { type EngineCase, type EngineOptions, stopToken, vocabularySize } from "./protocol.ts";

function loadBundle(): typeof WebXgrammar {
  const require = createRequire(import.meta.url);
  const path = require.resolve("@mlc-ai/web-xgrammar");
  const bundle = { exports: {} };
  const names = ["exports", "module", "require", "__filename"];
  compileFunction(readFileSync(path, "utf8"), names, {
    filename: path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })(bundle.exports, bundle, require, path);
  return bundle.exports as typeof WebXgrammar;
}

export async function createWebXgrammar(tokenizer: TokenizerJson): Promise<Engine> {
  const { GrammarCompiler, GrammarMatcher, TokenizerInfo } = loadBundle();
  const spelling = new Array<string>(vocabularySize).fill("");
  for (const [token, id] of Object.entries(tokenizer.model.vocab)) spelling[id] = token;
  for (const added of tokenizer.added_tokens) spelling[added.id] = added.content;
  const info = await TokenizerInfo.createTokenizerInfo(spelling, "byte_level", false, vocabularySize, [stopToken]);
  const compiler = await GrammarCompiler.createGrammarCompiler(info, false);
  let compiled: WebXgrammar.CompiledGrammar | undefined;
  return {
    async compile(constraint: EngineCase, options: EngineOptions): Promise<void> {
      compiled?.dispose();
      compiled = undefined;
      compiled = await compile(compiler, constraint, options);
    },
    async start(): Promise<EngineMatcher> {
      const matcher = await GrammarMatcher.createGrammarMatcher(compiled!);
      return {
        mask: async () => {
          const words = await matcher.getNextTokenBitmask();
          return new Uint32Array(words.buffer, words.byteOffset, words.length);
        },
        accept: (token) => matcher.acceptToken(token),
        dispose: () => matcher.dispose(),
      };
    },
  };
}

function compile(
  compiler: WebXgrammar.GrammarCompiler,
  constraint: EngineCase,
  options: EngineOptions,
): Promise<WebXgrammar.CompiledGrammar> {
  const spec = constraint.spec;
  if (spec.type === "ebnf") return compiler.compileGrammar(spec.grammar, spec.root);
  if (spec.type === "regex") {
    const pattern = constraint.plainPattern ?? spec.pattern;
    return compiler.compileStructuralTag({ type: "structural_tag", format: { type: "regex", pattern } });
  }
  return options.json === "exact"
    ? compiler.compileJSONSchema(spec.schema, false, undefined, [", ", ": "], false)
    : compiler.compileJSONSchema(spec.schema, true, undefined, undefined, false);
}
