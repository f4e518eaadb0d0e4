// The functions that the transcripts call.
import type { ToolFunction } from "../../src/chat/tool-calls/dialect.ts";

export const tools: readonly ToolFunction[] = [
  {
    name: "get_weather",
    parameters: {
      type: "object",
      properties: {
        city: { type: "string" },
        unit: { enum: ["celsius", "fahrenheit"] },
        days: { type: "integer", minimum: 1 },
      },
      required: ["city"],
      additionalProperties: false,
    },
  },
  // The beginning of another name.
  { name: "get", parameters: { properties: { url: { type: "string" } }, required: ["url"] } },
  {
    name: "search",
    parameters: {
      type: "object",
      properties: {
        query: { type: "string" },
        filter: {
          type: "object",
          properties: {
            tags: { type: "array", items: { type: "string" } },
            range: { $ref: "#/$defs/range" },
          },
          required: ["tags"],
          additionalProperties: false,
        },
        exact: { type: "boolean" },
        note: { type: ["string", "null"] },
      },
      required: ["query", "filter"],
      additionalProperties: false,
      $defs: {
        range: { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 },
      },
    },
  },
  { name: "ping", parameters: { type: "object", properties: {}, additionalProperties: false } },
  { name: "anything" },
];
