// The dialects by name.
import { ConstraintError } from "../../base/errors.ts";
import { deepseekV3, deepseekV4, deepseekV31, deepseekV32 } from "./deepseek.ts";
import type { ToolDialect } from "./dialect.ts";
import { glm4, glm47 } from "./glm.ts";
import { harmony } from "./harmony.ts";
import { hermes, qwen3 } from "./hermes.ts";
import { json } from "./json.ts";
import { kimiK2 } from "./kimi.ts";
import { llama3, llama3Function } from "./llama.ts";
import { minimaxM2 } from "./minimax.ts";
import { mistral, mistralV11 } from "./mistral.ts";
import { qwen3Coder } from "./qwen-coder.ts";

const dialects = [
  json,
  hermes,
  qwen3,
  qwen3Coder,
  llama3,
  llama3Function,
  deepseekV3,
  deepseekV31,
  deepseekV32,
  deepseekV4,
  mistral,
  mistralV11,
  kimiK2,
  glm4,
  glm47,
  minimaxM2,
  harmony,
];

/** What an engine speaks that doesn't say. */
export const defaultDialect = json.name;

export const toolDialectNames: readonly string[] = dialects.map(({ name }) => name);

/** Throws a ConstraintError of code "usage" for a name that isn't one of `toolDialectNames`. */
export function toolDialect(name: string): ToolDialect {
  const dialect = dialects.find((one) => one.name === name);
  if (dialect === undefined) {
    throw new ConstraintError(
      "usage",
      `unknown tool dialect ${JSON.stringify(name)}; known are ${toolDialectNames.join(", ")}`,
    );
  }
  return dialect;
}
