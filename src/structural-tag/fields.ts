// The fields of a JSON object that came from outside, read with their types, and with the place for what is wrong.
import { ConstraintError, type ErrorCode } from "../base/errors.ts";

/** Items of one list: beyond about 100,000 in one place a JavaScript engine's stack overflows. */
const maxItems = 50_000;

export class Fields {
  /** The object's JSON Pointer. */
  readonly pointer: string;
  private readonly values: Readonly<Record<string, unknown>>;

  /** Throws "invalid" where `value` isn't an object. */
  constructor(value: unknown, pointer: string) {
    this.pointer = pointer;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new ConstraintError("invalid", "an object is expected here", { pointer });
    }
    this.values = value as Record<string, unknown>;
  }

  /** The pointer of a field. */
  at(name: string): string {
    return `${this.pointer}/${name}`;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.values, name) && this.values[name] !== undefined && this.values[name] !== null;
  }

  /** The value of a field that must be there. */
  required(name: string): unknown {
    if (!this.has(name)) throw this.invalid("", `the field ${name} is missing`);
    return this.values[name];
  }

  string(name: string): string {
    const value = this.required(name);
    if (typeof value !== "string") throw this.invalid(`/${name}`, `${name} must be a string`);
    return value;
  }

  boolean(name: string): boolean | undefined {
    if (!this.has(name)) return undefined;
    const value = this.values[name];
    if (typeof value !== "boolean") throw this.invalid(`/${name}`, `${name} must be a boolean`);
    return value;
  }

  /** An integer from `least` on. */
  integer(name: string, least: number): number | undefined {
    if (!this.has(name)) return undefined;
    const value = this.values[name];
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) {
      throw this.invalid(`/${name}`, `${name} must be an integer from ${least}`);
    }
    return value;
  }

  list(name: string, least: number): readonly unknown[] {
    const value = this.required(name);
    if (!Array.isArray(value) || value.length < least) {
      throw this.invalid(`/${name}`, `${name} must be a list${least > 0 ? ` of at least ${least}` : ""}`);
    }
    if (value.length > maxItems) throw this.error("limit", `/${name}`, `${name} may have at most ${maxItems} items`);
    return value;
  }

  /** A list of texts that aren't empty; absent is an empty list. */
  texts(name: string): readonly string[] {
    if (!this.has(name)) return [];
    return this.list(name, 0).map((each, i) => {
      if (typeof each === "string" && each !== "") return each;
      throw this.invalid(`/${name}/${i}`, `${name} must be texts that aren't empty`);
    });
  }

  /** Throws "invalid" for a field that isn't one of `names`: it may ask for something. */
  only(...names: readonly string[]): void {
    for (const name of Object.keys(this.values)) {
      if (!names.includes(name)) {
        const pointer = `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
        throw this.invalid(pointer, `there is no field ${JSON.stringify(name)} here`);
      }
    }
  }

  invalid(place: string, message: string): ConstraintError {
    return this.error("invalid", place, message);
  }

  /** An error at a pointer below the object. */
  error(code: ErrorCode, place: string, message: string): ConstraintError {
    return new ConstraintError(code, message, { pointer: this.pointer + place });
  }
}
