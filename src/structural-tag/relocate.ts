// Errors of the front-ends that a structural tag embeds, with the place in the whole.
import { ConstraintError, type Violation } from "../base/errors.ts";

/** Runs `work`, and puts the pointers of its errors through `place`; a line and column stand beside the pointer of the root. */
export function relocated<T>(place: (inner: string) => string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    const { code, message, location } = error;
    const violations = error.violations.map(
      (each): Violation => ({ ...each, location: { ...each.location, pointer: place(each.location.pointer) } }),
    );
    if (location !== undefined && !("pointer" in location)) {
      throw new ConstraintError(code, message, { pointer: place(""), text: location }, violations);
    }
    throw new ConstraintError(code, message, { ...location, pointer: place(location?.pointer ?? "") }, violations);
  }
}

/** For what stands at `pointer`. A place in a document that was passed beside a schema begins with its URI, and stays as it is. */
export function below(pointer: string): (inner: string) => string {
  return (inner) => (inner === "" || inner.startsWith("/") ? pointer + inner : inner);
}
