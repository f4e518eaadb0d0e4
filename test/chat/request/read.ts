// What the tests of requests share: the least request, and a request's errors in short.
import { RequestError, RequestReader } from "../../../src/chat/index.ts";

export const least = { model: "m", messages: [{ role: "user", content: "Hi" }] };

export const reader = new RequestReader();

/** The error of a body that must be refused. */
export function errorOf(body: unknown, by = reader): RequestError {
  try {
    by.read(body);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error(`not refused: ${JSON.stringify(body)?.slice(0, 200)}`);
}

/** The places that are wrong when fields are added to the least request. */
export function wrongParams(fields: object): string[] {
  try {
    reader.read({ ...least, ...fields });
    return [];
  } catch (error) {
    if (error instanceof RequestError) return error.violations.map(({ param }) => param);
    throw error;
  }
}

export function tool(name: string): { type: "function"; function: { name: string; parameters: object } } {
  return { type: "function", function: { name, parameters: { type: "object", properties: {} } } };
}
