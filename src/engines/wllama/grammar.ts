// For wllama 3, which has no hook between a model's logits and its sampler, and takes no prompt in tokens; it takes a grammar in llama.cpp's
// GBNF. So grammars (choices and regexes, too) are handed over as text, spelled so that llama.cpp reads what grammask reads (where they
// part: ../../ebnf/README.md), and llama.cpp does the masking. Tokens that are parts of characters it masks less exactly: overlong UTF-8
// passes where a class has characters beyond ASCII.
import { ConstraintError } from "../../base/errors.ts";
import { defaultLimits } from "../../base/limits.ts";
import type { Expression } from "../../ebnf/ast.ts";
import { parseGrammar } from "../../ebnf/parse.ts";
import type { ChoiceSpec, EbnfSpec, RegexSpec } from "../../matcher/lower-spec.ts";
import { printClass, quoted } from "./characters.ts";
import { regexGrammar } from "./regex-grammar.ts";

/** llama.cpp takes no more repetitions. */
const maxRepetitions = 2000;

/**
 * For `createCompletion({ …, grammar: wllamaGrammar(spec) })`. Throws ConstraintError "syntax" and "invalid" as compiling it does,
 * "unsupported" for counts that llama.cpp can't keep, "limit" for a regex with more than 10,000 states. Left-recursive grammars llama.cpp
 * refuses itself.
 */
export function wllamaGrammar(spec: EbnfSpec | ChoiceSpec | RegexSpec): string {
  if (spec.type === "regex") return regexGrammar(spec);
  if (spec.type === "choice") return `root ::= ${spec.choices.map(quoted).join(" | ")}\n`;
  const bodies = new Map(parseGrammar(spec.grammar, defaultLimits).map(({ name, body }) => [name, body]));
  const root = spec.root ?? "root";
  // llama.cpp's names are of letters, digits and hyphens.
  const names = new Map(
    [...bodies.keys()].map((name, i) => [name, name === root ? "root" : `${name.replace(/[^a-zA-Z0-9]/g, "-")}-${i}`]),
  );
  if (!names.has(root)) throw undefinedRule(root);
  return [...bodies].map(([name, body]) => `${names.get(name)} ::= ${print(body, names)}\n`).join("");
}

function print(expression: Expression, names: ReadonlyMap<string, string>): string {
  switch (expression.kind) {
    case "choice":
      return `(${expression.items.map((item) => print(item, names)).join(" | ")})`;
    case "sequence":
      return expression.items.length === 0 ? '""' : `(${expression.items.map((item) => print(item, names)).join(" ")})`;
    case "literal":
      return quoted(expression.text);
    case "class":
      return printClass(expression.set);
    case "repeat":
      return `(${print(expression.item, names)})${printCount(expression.min, expression.max)}`;
    case "reference": {
      const name = names.get(expression.name);
      if (name === undefined) throw undefinedRule(expression.name);
      return name;
    }
    case "tokens":
      return `(${expression.ids.map((id) => `<[${id}]>`).join(" | ")})`;
    case "token-name":
      return expression.name;
  }
}

function printCount(min: number, max: number): string {
  const most = max === Number.POSITIVE_INFINITY ? min : max;
  if (most > maxRepetitions) {
    throw new ConstraintError("unsupported", `llama.cpp keeps counts up to ${maxRepetitions}, not ${most}`);
  }
  return max === Number.POSITIVE_INFINITY ? `{${min},}` : `{${min},${max}}`;
}

function undefinedRule(name: string): ConstraintError {
  return new ConstraintError("invalid", `the rule ${JSON.stringify(name)} isn't defined`);
}
