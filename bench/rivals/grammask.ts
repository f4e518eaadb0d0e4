// This library behind the same interface as its rivals: a new matcher a text, masks into a row, as an engine would ask for them.
import { Compiler, type Constraint, Vocabulary } from "../../src/index.ts";
import type { Engine, EngineMatcher, TokenizerJson } from "./engine.ts";
import { type EngineCase, type EngineOptions, stopToken } from "./protocol.ts";

export function createGrammask(tokenizer: TokenizerJson): Engine {
  const vocabulary = Vocabulary.fromTokenizerJson(tokenizer, { eosTokenIds: [stopToken] });
  const compiler = new Compiler(vocabulary);
  let compiled: Constraint | undefined;
  return {
    compile(constraint: EngineCase, options: EngineOptions): void {
      compiled = undefined;
      const spec = constraint.spec;
      compiled = compiler.compile(
        spec.type === "json_schema" && options.json === "exact"
          ? { ...spec, whitespace: { separators: [", ", ": "] }, propertyOrder: "schema" }
          : spec,
      );
    },
    start(): EngineMatcher {
      const matcher = compiled!.matcher();
      const row = new Uint32Array(Math.ceil(vocabulary.size / 32));
      return {
        mask: () => {
          matcher.fillMask(row);
          return row;
        },
        accept: (token) => matcher.accept(token),
        sizes: () => numbersOf(compiled!.stats),
      };
    },
  };
}

function numbersOf(stats: object): Record<string, number> {
  return Object.fromEntries(
    Object.entries(stats).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}
