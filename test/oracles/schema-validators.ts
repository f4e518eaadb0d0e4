// Two validators that share no code with the library, nor with each other: Ajv, and @hyperjump/json-schema, which follows the
// specification to the letter. Draft 2020-12, formats as annotations.
import {
  registerSchema,
  setShouldValidateSchema,
  unregisterSchema,
  validate,
} from "@hyperjump/json-schema/draft-2020-12";
import { Ajv2020 } from "ajv/dist/2020.js";

import type { Json } from "./json.ts";

/** Is each of the instances valid? Undefined where the validator fails. */
export type Verdicts = (schema: Json, instances: readonly Json[]) => Promise<(boolean | undefined)[]>;

export function ajvVerdicts(): Verdicts {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: false });
  return async (schema, instances) => {
    const check = ajv.compile(schema as boolean | object);
    const verdicts = instances.map((instance) => {
      try {
        return check(instance);
      } catch (error) {
        // The code that 8.20.0 makes to keep track of what was evaluated isn't always right.
        if (/^(Cannot set properties of undefined|(props|items)\d+ is not defined)/.test((error as Error).message))
          return undefined;
        throw error;
      }
    });
    ajv.removeSchema(schema as boolean | object);
    return verdicts;
  };
}

export function hyperjumpVerdicts(): Verdicts {
  setShouldValidateSchema(false);
  let count = 0;
  return async (schema, instances) => {
    const uri = `https://example.org/${count++}`;
    registerSchema(
      structuredClone(schema) as boolean | Record<string, never>,
      uri,
      "https://json-schema.org/draft/2020-12/schema",
    );
    try {
      const check = await validate(uri);
      return instances.map((instance) => check(instance).valid);
    } finally {
      unregisterSchema(uri);
    }
  };
}
