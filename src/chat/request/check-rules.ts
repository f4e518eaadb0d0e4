// How the fields of a request go together: what request.schema.json can't say, or can't say well. Each rule names the fields that it
// reads, so that it isn't asked where one of them is broken already: all that is wrong is told at once, and nothing twice.
import type { JsonNode } from "../../json-schema/reading/json-text.ts";
import type { AssistantMessage, ChatMessage, Optional } from "./message.ts";
import type { ChatCompletionRequest } from "./request.ts";
import type { RequestViolation } from "./request-error.ts";
import { nodeAt, type Path, violationAt } from "./request-place.ts";
import { allowedToolsOf, namedTools, toolName } from "./tool-choice.ts";

type Name = keyof ChatCompletionRequest;

/** Where a rule is broken, and the sentence about it. */
interface Breach {
  readonly path: Path;
  readonly sentence: string;
}

interface Rule {
  readonly fields: readonly Name[];
  readonly breaches: (request: ChatCompletionRequest) => readonly Breach[];
}

/** How many breaches of one rule are told. */
const maxListed = 100;

/** What breaks the rules. `broken`: fields whose own values are wrong. */
export function checkRules(
  tree: JsonNode,
  request: ChatCompletionRequest,
  broken: ReadonlySet<string>,
): RequestViolation[] {
  return rules
    .filter(({ fields }) => !fields.some((field) => broken.has(field)))
    .flatMap(({ breaches }) => breaches(request).slice(0, maxListed))
    .map(({ path, sentence }) => {
      const keyword = nodeAt(tree, path) === undefined ? "required" : "rule";
      return violationAt(tree, path, keyword, () => sentence);
    });
}

const fine: readonly Breach[] = [];

function wrong(path: Path, sentence: string): readonly Breach[] {
  return [{ path, sentence }];
}

function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

const rules: readonly Rule[] = [
  {
    fields: ["response_format", "regex", "ebnf"],
    breaches(request) {
      const [first, second, third] = constraintsOf(request);
      if (first === undefined || second === undefined) return fine;
      const all = [first, second, ...(third === undefined ? [] : [third])].map(({ text }) => text).join(" and ");
      return wrong([second.field], `${all} are given: only one of them can bind the answer`);
    },
  },
  {
    fields: ["response_format", "regex", "ebnf", "tool_choice", "function_call"],
    breaches(request) {
      const [constraint] = constraintsOf(request);
      if (constraint === undefined || !mustCall(request)) return fine;
      const field = isGiven(request.tool_choice) ? "tool_choice" : "function_call";
      const sentence = `${field} makes the answer a call, and ${constraint.text} makes it something else`;
      return wrong([field], `${sentence}: leave one out, or let ${field} be "auto"`);
    },
  },
  {
    fields: ["tools", "tool_choice", "functions", "function_call"],
    breaches({ tools, tool_choice, functions, function_call }) {
      const old = firstGiven({ functions, function_call });
      const current = firstGiven({ tools, tool_choice });
      if (old === undefined || current === undefined) return fine;
      return wrong([old], `${old} is the old spelling, and stands beside ${current}: use tools and tool_choice only`);
    },
  },
  {
    fields: ["tools", "tool_choice", "functions"],
    breaches({ tools, tool_choice, functions }) {
      if (!isGiven(tool_choice) || tool_choice === "none" || isGiven(tools) || isGiven(functions)) return fine;
      return wrong(["tool_choice"], "tool_choice needs tools: give tools, or leave tool_choice out");
    },
  },
  {
    fields: ["tools", "functions", "function_call"],
    breaches({ tools, functions, function_call }) {
      if (!isGiven(function_call) || function_call === "none" || isGiven(tools) || isGiven(functions)) return fine;
      return wrong(["function_call"], "function_call needs functions: give functions, or leave function_call out");
    },
  },
  {
    fields: ["tools"],
    breaches: ({ tools }) =>
      indicesOfRepeated((tools ?? []).map(toolName)).map((i) => ({
        path: ["tools", i, tools![i]!.type, "name"],
        sentence: `tools[${i}].${tools![i]!.type}.name is that of an earlier tool: names must differ`,
      })),
  },
  {
    fields: ["tools"],
    breaches: ({ tools }) =>
      (tools ?? []).flatMap((tool, i) => {
        const format = tool.type === "custom" ? tool.custom.format : undefined;
        if (format?.type !== "grammar" || isRegex(format.grammar.definition)) return fine;
        const path = ["tools", i, "custom", "format", "grammar", "definition"];
        return wrong(path, `tools[${i}].custom.format.grammar.definition isn't an ECMAScript regex`);
      }),
  },
  {
    fields: ["functions"],
    breaches: ({ functions }) =>
      indicesOfRepeated((functions ?? []).map(({ name }) => name)).map((i) => ({
        path: ["functions", i, "name"],
        sentence: `functions[${i}].name is that of an earlier function: names must differ`,
      })),
  },
  {
    fields: ["tools", "tool_choice"],
    breaches({ tools, tool_choice }) {
      if (!isGiven(tools)) return fine;
      const named = namedTools(tool_choice);
      return (["function", "custom"] as const).flatMap((type) =>
        unknownNames(
          type === "custom" ? "custom tools" : "tools",
          tools.filter((tool) => tool.type === type).map(toolName),
          named.filter((each) => each.type === type),
        ),
      );
    },
  },
  {
    fields: ["functions", "function_call"],
    breaches({ functions, function_call }) {
      if (!isGiven(functions) || !isGiven(function_call) || typeof function_call === "string") return fine;
      const names = functions.map(({ name }) => name);
      return unknownNames("functions", names, [{ name: function_call.name, path: ["function_call", "name"] }]);
    },
  },
  {
    fields: ["max_tokens", "max_completion_tokens"],
    breaches({ max_tokens: old, max_completion_tokens: current }) {
      if (!isGiven(old) || !isGiven(current) || old === current) return fine;
      return wrong(["max_tokens"], deprecated("max_tokens", "max_completion_tokens", old, current));
    },
  },
  {
    fields: ["min_tokens", "max_tokens", "max_completion_tokens"],
    breaches({ min_tokens, max_tokens, max_completion_tokens }) {
      const max = max_completion_tokens ?? max_tokens ?? Number.POSITIVE_INFINITY;
      if ((min_tokens ?? 0) <= max) return fine;
      const field = firstGiven({ max_completion_tokens, max_tokens });
      return wrong(["min_tokens"], `min_tokens must be at most ${field}, which is ${max}, not ${min_tokens}`);
    },
  },
  {
    fields: ["logprobs", "top_logprobs"],
    breaches({ logprobs, top_logprobs }) {
      if (!isGiven(top_logprobs) || logprobs === true) return fine;
      return wrong(["top_logprobs"], "top_logprobs needs logprobs: true");
    },
  },
  {
    fields: ["stream", "stream_options"],
    breaches({ stream, stream_options }) {
      if (!isGiven(stream_options) || stream === true) return fine;
      return wrong(["stream_options"], "stream_options needs stream: true");
    },
  },
  {
    fields: ["seed", "sampling_seed"],
    breaches({ seed, sampling_seed }) {
      const breaches = [
        ...seedBreaches("seed", seed, -(2n ** 63n), 2n ** 63n - 1n),
        ...seedBreaches("sampling_seed", sampling_seed, 0n, 2n ** 64n - 1n),
      ];
      if (breaches.length > 0 || !isGiven(seed) || !isGiven(sampling_seed)) return breaches;
      if (BigInt.asUintN(64, BigInt(seed)) === BigInt(sampling_seed)) return fine;
      return wrong(["seed"], deprecated("seed", "sampling_seed", seed, sampling_seed));
    },
  },
  {
    fields: ["logit_bias"],
    breaches: ({ logit_bias }) =>
      Object.keys(logit_bias ?? {})
        .filter((id) => Number(id) >= 2 ** 32)
        .map((id) => ({
          path: ["logit_bias", id],
          sentence: `logit_bias must be keyed by token ids of at most 4294967295, not ${id}`,
        })),
  },
  {
    fields: ["messages"],
    breaches: ({ messages }) =>
      messages.flatMap((message, i) => {
        if (message.role !== "assistant" || saysSomething(message)) return fine;
        return wrong(
          ["messages", i, "content"],
          `messages[${i}].content is missing: only a message with tool_calls or a refusal needs none`,
        );
      }),
  },
  {
    fields: ["messages", "continue_final_message"],
    breaches({ messages, continue_final_message }) {
      const last = messages.length - 1;
      if (continue_final_message !== true) return fine;
      const message = messages[last]!;
      if (!isAssistantText(message)) {
        const sentence = "continue_final_message needs an assistant's message of text, without calls, as the last";
        return wrong(["messages", last], `${sentence}: messages[${last}] isn't one`);
      }
      if (!isGiven(message.reasoning_content)) return fine;
      const sentence = "continue_final_message goes on behind the content";
      return wrong(
        ["messages", last, "reasoning_content"],
        `${sentence}: messages[${last}].reasoning_content must stand in it, with its markers as the model writes them`,
      );
    },
  },
];

/** What binds the answer, by the names that a person knows it by. */
function constraintsOf({ response_format, regex, ebnf }: ChatCompletionRequest): { field: Name; text: string }[] {
  const constraints: { field: Name; text: string }[] = [];
  if (isGiven(response_format) && response_format.type !== "text") {
    constraints.push({ field: "response_format", text: `response_format ${response_format.type}` });
  }
  if (isGiven(regex)) constraints.push({ field: "regex", text: "regex" });
  if (isGiven(ebnf)) constraints.push({ field: "ebnf", text: "ebnf" });
  return constraints;
}

function mustCall({ tool_choice, function_call }: ChatCompletionRequest): boolean {
  if (isGiven(function_call) && typeof function_call === "object") return true;
  if (isGiven(tool_choice) && typeof tool_choice === "object" && tool_choice.type !== "allowed_tools") return true;
  return tool_choice === "required" || allowedToolsOf(tool_choice)?.mode === "required";
}

function firstGiven(fields: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(fields).find((name) => isGiven(fields[name]));
}

function deprecated(old: string, current: string, oldValue: number | bigint, value: number | bigint): string {
  return `${old} is the old spelling of ${current}, and says something else (${oldValue}, not ${value}): leave it out`;
}

function indicesOfRepeated(names: readonly string[]): number[] {
  const seen = new Set<string>();
  return names.flatMap((name, i) => (seen.size === seen.add(name).size ? [i] : []));
}

function unknownNames(
  field: string,
  known: readonly string[],
  named: readonly { readonly name: string; readonly path: Path }[],
): Breach[] {
  const names = new Set(known);
  const some = [...names].slice(0, 20).join(", ");
  return named
    .filter(({ name }) => !names.has(name))
    .map(({ name, path }) => ({ path, sentence: `${JSON.stringify(name)} isn't among the ${field}: ${some}` }));
}

function seedBreaches(field: Name, seed: Optional<number | bigint>, min: bigint, max: bigint): readonly Breach[] {
  if (!isGiven(seed)) return fine;
  if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
    const sentence = `${field} isn't exact: beyond 2⁵³ it must be written in digits`;
    return wrong([field], `${sentence} and come as the request's text, or be a bigint`);
  }
  return seed >= min && seed <= max ? fine : wrong([field], `${field} must be from ${min} to ${max}, not ${seed}`);
}

/** By itself: what is put around it must not complete it. */
function isRegex(pattern: string): boolean {
  return ["u", ""].some((flags) => {
    try {
      new RegExp(pattern, flags);
      return true;
    } catch {
      return false;
    }
  });
}

function saysSomething(message: AssistantMessage): boolean {
  const { content, refusal, tool_calls, function_call, audio, reasoning_content } = message;
  return [content, refusal, tool_calls?.[0], function_call, audio, reasoning_content].some(isGiven);
}

function isAssistantText(message: ChatMessage): message is AssistantMessage {
  if (message.role !== "assistant" || isGiven(message.function_call) || isGiven(message.tool_calls?.[0])) return false;
  const { content } = message;
  return typeof content === "string" || (content?.every((part) => part.type === "text") ?? false);
}
