// @mlc-ai/web-xgrammar: XGrammar 0.1.27 as WebAssembly, with its caches of whole grammars off. It has no regexes of its own,
// so a regex goes in as a structural tag.
import { type CompiledGrammar, GrammarCompiler, GrammarMatcher, TokenizerInfo } from "@mlc-ai/web-xgrammar";
import type { Engine, EngineMatcher, TokenizerJson } from "./engine.ts";
import { type EngineCase, type EngineOptions, stopToken, vocabularySize } from "./protocol.ts";

export async function createWebXgrammar(tokenizer: TokenizerJson): Promise<Engine> {
  const spelling = new Array<string>(vocabularySize).fill("");
  for (const [token, id] of Object.entries(tokenizer.model.vocab)) spelling[id] = token;
  for (const added of tokenizer.added_tokens) spelling[added.id] = added.content;
  const info = await TokenizerInfo.createTokenizerInfo(spelling, "byte_level", false, vocabularySize, [stopToken]);
  const compiler = await GrammarCompiler.createGrammarCompiler(info, false);
  let compiled: CompiledGrammar | undefined;
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

function compile(compiler: GrammarCompiler, constraint: EngineCase, options: EngineOptions): Promise<CompiledGrammar> {
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
