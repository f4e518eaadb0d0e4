// A term as GBNF, for counterexamples and for round trips through the reader. Only terms that GBNF can say: bytes must be
// ASCII; no and, not, procedures.
import { bytesOf } from "../../src/base/byte-set.ts";
import { isProcedure, type Rule, type Term } from "../../src/term/term.ts";

/** The grammar whose root rule is a call of what `root` says. Rule names are made distinct and harmless. */
export function printGbnf(root: Term): string {
  const names = new Map<Rule, string>();
  const queue: Rule[] = [];
  const nameOf = (rule: Rule): string => {
    let name = names.get(rule);
    if (name === undefined) {
      name = `${rule.name.replace(/[^a-zA-Z0-9]/g, "-")}-${names.size}`;
      names.set(rule, name);
      queue.push(rule);
    }
    return name;
  };
  const lines = [`root ::= ${print(root, nameOf)}`];
  for (let i = 0; i < queue.length; i++) {
    const { body } = queue[i]!;
    if (body === undefined || isProcedure(body)) throw new Error(`GBNF can't say the rule ${queue[i]!.name}`);
    lines.push(`${nameOf(queue[i]!)} ::= ${print(body, nameOf)}`);
  }
  return `${lines.join("\n")}\n`;
}

function print(term: Term, nameOf: (rule: Rule) => string): string {
  switch (term.kind) {
    case "empty":
      throw new Error("GBNF has no sign for the empty language");
    case "epsilon":
      return '""';
    case "bytes":
      return `[${bytesOf(term.set).map(printByte).join("")}]`;
    case "words":
      return `(${term.words.map((word) => `"${Array.from(word, printByte).join("")}"`).join(" | ")})`;
    case "cat":
      return `(${term.items.map((item) => print(item, nameOf)).join(" ")})`;
    case "alt":
      return `(${term.items.map((item) => print(item, nameOf)).join(" | ")})`;
    case "repeat":
      return `${print(term.item, nameOf)}${printCount(term.min, term.max)}`;
    case "call":
      return nameOf(term.rule);
    case "token":
      return `(${term.ids.map((id) => `<[${id}]>`).join(" | ")})`;
    case "and":
    case "not":
      throw new Error(`GBNF knows no "${term.kind}"`);
  }
}

function printCount(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  return min === 0 && max === 1 ? "?" : min === max ? `{${min}}` : `{${min},${max}}`;
}

function printByte(byte: number): string {
  if (byte > 0x7f) throw new Error("bytes beyond ASCII have no spelling of their own in GBNF");
  const character = String.fromCharCode(byte);
  return /[a-zA-Z0-9 ]/.test(character) ? character : `\\x${byte.toString(16).padStart(2, "0")}`;
}
