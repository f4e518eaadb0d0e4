// Errors as an OpenAI client expects them: a status, and {"error": {message, type, param, code}}.

import { ConstraintError } from "../base/errors.ts";
import { RequestError } from "../chat/request/request-error.ts";

export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string | null, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.type = status === 429 ? "rate_limit_error" : status >= 500 ? "server_error" : "invalid_request_error";
    this.code = code;
    this.headers = headers;
  }
}

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: ErrorBody };
}

export interface ErrorBody {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** What a client is told. Of a fault that isn't the request's, it learns no more than that there was one. */
export function errorAnswer(error: unknown): ErrorAnswer {
  const answer = (status: number, body: ErrorBody, headers = {}) => ({ status, headers, body: { error: body } });
  if (error instanceof HttpError) {
    const { status, message, type, code, headers } = error;
    return answer(status, { message, type, param: null, code }, headers);
  }
  if (error instanceof RequestError) {
    const { message, code, violations } = error;
    return answer(400, { message, type: "invalid_request_error", param: violations[0]?.param ?? null, code });
  }
  // "usage": of what the loop gave to the sampler, none of which is the client's.
  if (error instanceof ConstraintError && error.code !== "usage") {
    return answer(400, { message: error.message, type: "invalid_request_error", param: null, code: error.code });
  }
  const message = "The server had a fault while it worked on the request";
  return answer(500, { message, type: "server_error", param: null, code: "internal_error" });
}
