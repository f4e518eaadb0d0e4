// For wllama 3, which has no hook between a model's logits and its sampler, and takes no prompt in tokens; it takes a grammar in llama.cpp's
// GBNF. So grammars are handed over as text, spelled so that llama.cpp reads what grammask reads (where they part: ../../ebnf/README.md),
// and llama.cpp does the masking.
import { ConstraintError } from "../../base/errors.ts";
import { defaultLimits } from "../../base/limits.ts";
import type { Expression } from "../../ebnf/ast.ts";
import { parseGrammar } from "../../ebnf/parse.ts";
import type { ChoiceSpec, EbnfSpec } from "../../matcher/lower-spec.ts";
import { type CodePoints, complementCodePoints, intersectCodePoints, pairs } from "../../term/code-points.ts";

/** llama.cpp takes no more repetitions. */
const maxRepetitions = 2000;

/** All but surrogates: llama.cpp takes what would be their UTF-8. */
const characters = complementCodePoints([0xd800, 0xdfff]);

/**
 * For `createCompletion({ …, grammar: wllamaGrammar(spec) })`. Throws ConstraintError "syntax" and "invalid" as compiling it does,
 * "unsupported" for counts that llama.cpp can't keep. Left-recursive grammars llama.cpp refuses itself.
 */
export function wllamaGrammar(spec: EbnfSpec | ChoiceSpec): string {
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

function printClass(set: CodePoints): string {
  const ranges = [...pairs(intersectCodePoints(set, characters))].map(([first, last]) =>
    first === last ? escaped(first) : `${escaped(first)}-${escaped(last)}`,
  );
  return `[${ranges.join("")}]`;
}

function quoted(text: string): string {
  return `"${Array.from(text, (character) => escaped(character.codePointAt(0)!)).join("")}"`;
}

/** Letters, digits and blanks as they are. */
function escaped(codePoint: number): string {
  const character = String.fromCodePoint(codePoint);
  if (/^[a-zA-Z0-9 ]$/.test(character)) return character;
  const digits = codePoint.toString(16).toUpperCase();
  return codePoint <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}

function undefinedRule(name: string): ConstraintError {
  return new ConstraintError("invalid", `the rule ${JSON.stringify(name)} isn't defined`);
}
