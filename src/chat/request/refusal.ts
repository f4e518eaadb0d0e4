// Errors of a request that is well-formed, and that this engine, or this vocabulary, can't carry out.
import type { ErrorCode } from "../../base/errors.ts";
import { defaultLimits } from "../../base/limits.ts";
import { jsonOfValue } from "../../json-schema/reading/json-text.ts";
import type { NormalisedRequest } from "./normalised-request.ts";
import { RequestError } from "./request-error.ts";
import { type Path, violationAt } from "./request-place.ts";

/** At least one place, each with what is wrong there. */
export function refusal(
  { request }: NormalisedRequest,
  code: ErrorCode,
  breaches: readonly (readonly [path: Path, rule: string])[],
): RequestError {
  // It was within the reader's own limits.
  const tree = jsonOfValue(request, { ...defaultLimits, maxDepth: Infinity, maxSourceLength: Infinity });
  const violations = breaches.map(([path, rule]) => violationAt(tree, path, code, (param) => `${param}: ${rule}`));
  const message = violations.map(({ rule }) => rule).join("\n");
  return new RequestError(code, message, violations[0]!.location, violations);
}
