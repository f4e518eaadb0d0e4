// How the fields of a request go together: what request.schema.json can't say, or can't say well. Each rule names the fields that it
// reads, so that it isn't asked where one of them is broken already: all that is wrong is told at once, and nothing twice.
import type { JsonNode } from "../json-schema/json-text.ts";
import type { AssistantMessage, ChatMessage } from "./message.ts";
import type { ChatCompletionRequest, FunctionDefinition } from "./request.ts";
import type { RequestViolation } from "./request-error.ts";
import { nodeAt, type Path, violationAt } from "./request-place.ts";
import { allowedToolsOf, namedTools } from "./tool-choice.ts";

type Name = keyof ChatCompletionRequest;

/** A place, and the sentence about it. */
type Breach = readonly [path: Path, rule: string];

interface Rule {
  readonly fields: readonly Name[];
  readonly breaches: (request: ChatCompletionRequest) => readonly Breach[];
}

/** Rules that the request breaks. `broken`: fields whose own values are wrong. */
export function checkRules(
  tree: JsonNode,
  request: ChatCompletionRequest,
  broken: ReadonlySet<string>,
): RequestViolation[] {
  return rules
    .filter(({ fields }) => !fields.some((field) => broken.has(field)))
    .flatMap(({ breaches }) => breaches(request))
    .map(([path, rule]) => violationAt(tree, path, nodeAt(tree, path) === undefined ? "required" : "rule", () => rule));
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

const rules: readonly Rule[] = [
  {
    fields: ["response_format", "regex", "ebnf"],
    breaches: (request) => {
      const names = constraintNames(request);
      if (names.length < 2) return [];
      return [
        [
          [names[1]!.field],
          `${names.map(({ text }) => text).join(" and ")} are given: only one of them can bind the answer`,
        ],
      ];
    },
  },
  {
    fields: ["response_format", "regex", "ebnf", "tool_choice", "function_call"],
    breaches: (request) => {
      const [constraint] = constraintNames(request);
      const field = isGiven(request.tool_choice) ? "tool_choice" : "function_call";
      if (constraint === undefined || !mustCall(request)) return [];
      return [
        [
          [field],
          `${field} makes the answer a call, and ${constraint.text} makes it something else: leave one out, or let ${field} be "auto"`,
        ],
      ];
    },
  },
  {
    fields: ["tools", "tool_choice", "functions", "function_call"],
    breaches: ({ tools, tool_choice, functions, function_call }) => {
      const [old] = Object.entries({ functions, function_call }).filter(([, value]) => isGiven(value));
      const [current] = Object.entries({ tools, tool_choice }).filter(([, value]) => isGiven(value));
      if (old === undefined || current === undefined) return [];
      return [
        [[old[0]], `${old[0]} is the old spelling, and stands beside ${current[0]}: use tools and tool_choice only`],
      ];
    },
  },
  {
    fields: ["tools", "tool_choice", "functions"],
    breaches: ({ tools, tool_choice, functions }) => {
      if (!isGiven(tool_choice) || tool_choice === "none" || isGiven(tools) || isGiven(functions)) return [];
      return [[["tool_choice"], `tool_choice needs tools: give tools, or leave tool_choice out`]];
    },
  },
  {
    fields: ["tools", "functions", "function_call"],
    breaches: ({ tools, functions, function_call }) => {
      if (!isGiven(function_call) || function_call === "none" || isGiven(tools) || isGiven(functions)) return [];
      return [[["function_call"], `function_call needs functions: give functions, or leave function_call out`]];
    },
  },
  {
    fields: ["tools"],
    breaches: ({ tools }) =>
      duplicates((tools ?? []).map((tool) => tool.function)).map((i) => [
        ["tools", i, "function", "name"],
        `tools[${i}].function.name is that of an earlier tool: names must differ`,
      ]),
  },
  {
    fields: ["functions"],
    breaches: ({ functions }) =>
      duplicates(functions ?? []).map((i) => [
        ["functions", i, "name"],
        `functions[${i}].name is that of an earlier function: names must differ`,
      ]),
  },
  {
    fields: ["tools", "tool_choice"],
    breaches: ({ tools, tool_choice }) => {
      const names = new Set(tools?.map((tool) => tool.function.name));
      if (names.size === 0) return [];
      return namedTools(tool_choice)
        .filter(({ name }) => !names.has(name))
        .map(({ name, path }) => [path, `${JSON.stringify(name)} isn't among tools: ${shownNames(names)}`]);
    },
  },
  {
    fields: ["functions", "function_call"],
    breaches: ({ functions, function_call }) => {
      const names = new Set(functions?.map(({ name }) => name));
      if (
        names.size === 0 ||
        typeof function_call !== "object" ||
        function_call === null ||
        names.has(function_call.name)
      )
        return [];
      return [
        [
          ["function_call", "name"],
          `${JSON.stringify(function_call.name)} isn't among functions: ${shownNames(names)}`,
        ],
      ];
    },
  },
  {
    fields: ["max_tokens", "max_completion_tokens"],
    breaches: ({ max_tokens, max_completion_tokens }) => {
      if (!isGiven(max_tokens) || !isGiven(max_completion_tokens) || max_tokens === max_completion_tokens) return [];
      return [
        [
          ["max_tokens"],
          `max_tokens is the old spelling of max_completion_tokens, and says something else (${max_tokens}, not ${max_completion_tokens}): leave it out`,
        ],
      ];
    },
  },
  {
    fields: ["min_tokens", "max_tokens", "max_completion_tokens"],
    breaches: ({ min_tokens, max_tokens, max_completion_tokens }) => {
      const field = isGiven(max_completion_tokens) ? "max_completion_tokens" : "max_tokens";
      const max = max_completion_tokens ?? max_tokens ?? Number.POSITIVE_INFINITY;
      if ((min_tokens ?? 0) <= max) return [];
      return [[["min_tokens"], `min_tokens must be at most ${field}, which is ${max}, not ${min_tokens}`]];
    },
  },
  {
    fields: ["logprobs", "top_logprobs"],
    breaches: ({ logprobs, top_logprobs }) =>
      isGiven(top_logprobs) && logprobs !== true ? [[["top_logprobs"], "top_logprobs needs logprobs: true"]] : [],
  },
  {
    fields: ["stream", "stream_options"],
    breaches: ({ stream, stream_options }) =>
      isGiven(stream_options) && stream !== true ? [[["stream_options"], "stream_options needs stream: true"]] : [],
  },
  { fields: ["seed"], breaches: ({ seed }) => seedBreaches("seed", seed, -(2n ** 63n), 2n ** 63n - 1n) },
  {
    fields: ["sampling_seed"],
    breaches: ({ sampling_seed }) => seedBreaches("sampling_seed", sampling_seed, 0n, 2n ** 64n - 1n),
  },
  {
    fields: ["seed", "sampling_seed"],
    breaches: ({ seed, sampling_seed }) => {
      if (!isInteger(seed) || !isInteger(sampling_seed)) return [];
      if (BigInt.asUintN(64, BigInt(seed)) === BigInt.asUintN(64, BigInt(sampling_seed))) return [];
      return [
        [
          ["seed"],
          `seed is the old spelling of sampling_seed, and says something else (${seed}, not ${sampling_seed}): leave it out`,
        ],
      ];
    },
  },
  {
    fields: ["logit_bias"],
    breaches: ({ logit_bias }) =>
      Object.keys(logit_bias ?? {})
        .filter((id) => Number(id) >= 2 ** 32)
        .map((id) => [["logit_bias", id], `logit_bias must be keyed by token ids of at most 4294967295, not ${id}`]),
  },
  {
    fields: ["messages"],
    breaches: ({ messages }) =>
      (messages ?? []).flatMap((message, i) =>
        message.role === "assistant" && saysNothing(message)
          ? [
              [
                ["messages", i, "content"],
                `messages[${i}].content is missing: it may be only beside tool_calls or a refusal`,
              ] as const,
            ]
          : [],
      ),
  },
  {
    fields: ["messages", "continue_final_message"],
    breaches: ({ messages, continue_final_message }) => {
      const index = messages.length - 1;
      if (continue_final_message !== true || isText(messages[index]!)) return [];
      return [
        [
          ["messages", index],
          `continue_final_message needs an assistant's message of text, without calls, as the last: messages[${index}] isn't one`,
        ],
      ];
    },
  },
];

/** What binds the answer, by the names that a person knows it by. */
function constraintNames({ response_format, regex, ebnf }: ChatCompletionRequest): { field: Name; text: string }[] {
  const names: { field: Name; text: string }[] = [];
  if (isGiven(response_format) && response_format?.type !== "text") {
    names.push({ field: "response_format", text: `response_format ${response_format?.type}` });
  }
  if (isGiven(regex)) names.push({ field: "regex", text: "regex" });
  if (isGiven(ebnf)) names.push({ field: "ebnf", text: "ebnf" });
  return names;
}

function mustCall({ tool_choice, function_call }: ChatCompletionRequest): boolean {
  if (typeof function_call === "object" && function_call !== null) return true;
  if (typeof tool_choice === "object" && tool_choice?.type === "function") return true;
  return tool_choice === "required" || allowedToolsOf(tool_choice)?.mode === "required";
}

/** Indices of functions whose names came before. */
function duplicates(functions: readonly Pick<FunctionDefinition, "name">[]): number[] {
  const seen = new Set<string>();
  return functions.flatMap(({ name }, i) => (seen.size === seen.add(name).size ? [i] : []));
}

function seedBreaches(field: Name, seed: number | bigint | null | undefined, min: bigint, max: bigint): Breach[] {
  if (!isGiven(seed)) return [];
  if (!isInteger(seed)) {
    return [
      [
        [field],
        `${field} isn't exact: beyond 2⁵³ it must be written in digits and come as the request's text, or be a bigint`,
      ],
    ];
  }
  if (seed >= min && seed <= max) return [];
  return [[[field], `${field} must be from ${min} to ${max}, not ${seed}`]];
}

function isInteger(seed: number | bigint | null | undefined): seed is number | bigint {
  return typeof seed === "bigint" || Number.isSafeInteger(seed);
}

function saysNothing(message: AssistantMessage): boolean {
  const { content, refusal, tool_calls, function_call, audio, reasoning_content } = message;
  return ![content, refusal, tool_calls?.[0], function_call, audio, reasoning_content].some(isGiven);
}

function isText(message: ChatMessage): boolean {
  if (message.role !== "assistant" || isGiven(message.function_call) || (message.tool_calls ?? []).length > 0)
    return false;
  const { content } = message;
  return typeof content === "string" || (content?.every((part) => part.type === "text") ?? false);
}

function shownNames(names: ReadonlySet<string>): string {
  return [...names].slice(0, 20).join(", ");
}
