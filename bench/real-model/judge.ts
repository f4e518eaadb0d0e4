// Is a text what a request asks for? Judged by what isn't ours: RegExp, ajv, and an Earley recogniser.
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { defaultLimits } from "../../src/base/limits.ts";
import { lowerGrammar } from "../../src/ebnf/lower.ts";
import { earley } from "../../test/oracles/earley.ts";
import type { WorkloadRequest } from "./workload.ts";

const ajv = new Ajv2020({ strict: false, multipleOfPrecision: 6 });
addFormats.default(ajv);

export function judgeOf(spec: WorkloadRequest["spec"]): (text: string) => boolean {
  if (spec.type === "regex") {
    const pattern = new RegExp(`^(?:${spec.pattern})$`, "u");
    return (text) => pattern.test(text);
  }
  if (spec.type === "ebnf") {
    const { recognises } = earley(lowerGrammar(spec.grammar, { limits: defaultLimits }));
    return (text) => recognises(new TextEncoder().encode(text));
  }
  const validate = ajv.compile(spec.schema as object);
  return (text) => {
    try {
      return validate(JSON.parse(text)) === true;
    } catch {
      return false;
    }
  };
}

/** What a lenient reader would take of an unconstrained answer: a tool call's inside, or a text without a Markdown fence; no blanks around it. */
export function bareAnswer(text: string): string {
  const inside = /<tool_call>([\s\S]*?)<\/tool_call>/.exec(text) ?? /^\s*```\w*\n([\s\S]*?)```/.exec(text);
  return (inside?.[1] ?? text).trim();
}
