// Random grammars printed as GBNF and read again mean the same: the oracle agrees on all short words and their prefixes.
import fc from "fast-check";
import { expect, it } from "vitest";
import { defaultLimits } from "../../src/base/limits.ts";
import { lowerGrammar } from "../../src/ebnf/lower.ts";
import { earley } from "../oracles/earley.ts";
import { randomGrammar, shortWords } from "../oracles/random-grammar.ts";

const words = shortWords(4);

it("reads what it prints", () => {
  fc.assert(
    fc.property(randomGrammar(), (grammar) => {
      const before = earley(grammar.root);
      const after = earley(lowerGrammar(grammar.toString(), { limits: defaultLimits }));
      for (const word of words) {
        expect(after.recognises(word)).toBe(before.recognises(word));
        expect(after.isViablePrefix(word)).toBe(before.isViablePrefix(word));
      }
    }),
    { numRuns: 60 },
  );
});
