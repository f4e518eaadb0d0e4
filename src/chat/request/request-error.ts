// What a request that can't be carried out ends in. A server tells `message` to its client, and `violations[0].param` as the parameter.
import { ConstraintError, type ErrorCode, type Location, type Violation } from "../../base/errors.ts";

/** How many violations a message tells; all are in `violations`. */
const maxTold = 20;

export interface RequestViolation extends Violation {
  /** The field as OpenAI's errors name it, `messages[0].role`; "" for the request as a whole. */
  readonly param: string;
  /** What stands there, shortened; undefined where something is missing. */
  readonly value: string | undefined;
}

/**
 * `code` is "syntax" for a body that isn't JSON, "limit" for one that is too large or too deep, "invalid" for a request that breaks rules:
 * `violations` then lists all (where one list or map holds more than a hundred items, those in the first hundred, or else the first).
 */
export class RequestError extends ConstraintError {
  declare readonly violations: readonly RequestViolation[];

  constructor(code: ErrorCode, message: string, location?: Location, violations: readonly RequestViolation[] = []) {
    super(code, message, location, violations);
    this.name = "RequestError";
  }

  /** At least one violation. */
  static of(violations: readonly RequestViolation[]): RequestError {
    const [first, ...others] = violations;
    const rules = violations.slice(0, maxTold).map((violation) => `- ${violation.rule}`);
    if (violations.length > maxTold) rules.push(`- and ${violations.length - maxTold} more`);
    const message = others.length === 0 ? first!.rule : `${violations.length} things are wrong:\n${rules.join("\n")}`;
    return new RequestError("invalid", message, first!.location, violations);
  }
}
