// A tool call's arguments where they aren't one JSON text: an object's properties one by one, strings as their bare text, anything else as JSON.
// How that is put together is for others to know; here is what the schema says of each property.
import { ConstraintError } from "../base/errors.ts";
import { alt, custom, type Term } from "../term/term.ts";
import type { DroppedKeyword } from "./keywords/dropped-keywords.ts";
import type { Layout } from "./layout.ts";
import { type Lowering, lowerSchemaWith, type SchemaOptions } from "./lower-schema.ts";
import { declaredKeys, valueOfKey, valuesOfKey } from "./objects/object-keys.ts";
import type { Conjunction } from "./shapes/conjunction.ts";
import type { ObjectShape } from "./shapes/object-shape.ts";
import { anyString, keyOfString, type StringShape } from "./shapes/string-shape.ts";

export interface ArgumentValue {
  /** The texts of the strings, without matches of each of `ArgumentBounds.notInTexts`; null where none is allowed. */
  readonly texts: readonly Term[] | null;
  /** The JSON texts of all other values; null where there are none. */
  readonly others: Term | null;
  /** The place in the schema. */
  readonly pointer: string;
}

export interface Argument {
  readonly name: string;
  readonly isRequired: boolean;
  readonly value: ArgumentValue;
}

export interface Arguments {
  /** In the order of the schema. */
  readonly declared: readonly Argument[];
  /** The names that others may have, and their value; null where there may be none. */
  readonly additional: { readonly names: Term; readonly value: ArgumentValue } | null;
  /** Do they come in the schema's order? */
  readonly isOrdered: boolean;
}

/** Patterns of what texts, and the names of arguments that aren't declared, may not hold. */
export interface ArgumentBounds {
  /** Alternatives: texts are told for each by itself. */
  readonly notInTexts: readonly string[];
  readonly notInNames: string;
}

/** Throws as `lowerSchema`; "unsupported" for a schema whose objects can't be told property by property. */
export function lowerArguments(
  schema: unknown,
  options: SchemaOptions,
  bounds: ArgumentBounds,
): { result: Arguments; dropped: readonly DroppedKeyword[] } {
  return lowerSchemaWith(schema, options, (lowering, root, layout) =>
    lowering.located(root, () => new ArgumentLowering(lowering, layout, bounds).lower(root)),
  );
}

class ArgumentLowering {
  private readonly lowering: Lowering;
  private readonly layout: Layout;
  private readonly bounds: ArgumentBounds;

  constructor(lowering: Lowering, layout: Layout, bounds: ArgumentBounds) {
    this.lowering = lowering;
    this.layout = layout;
    this.bounds = bounds;
  }

  lower(root: Conjunction): Arguments {
    const { normaliser, context, isOrdered } = this.lowering;
    const { objects } = normaliser.shapesOf(root);
    if (objects.length === 0) throw new ConstraintError("unsatisfiable", "No object satisfies the schema here");
    const shape = objects[0]!;
    if (objects.length > 1 || !isPlain(shape, context.conjunctions.true)) {
      throw new ConstraintError(
        "unsupported",
        "In this style an object may only be told by properties, required and additionalProperties",
      );
    }
    const required = new Set(shape.required);
    const declared = declaredKeys(shape).map((name) => ({
      name,
      isRequired: required.has(name),
      value: this.value(valueOfKey(shape.layers, name, context)),
    }));
    const names = declared.map(({ name }) => name);
    return { declared, additional: this.additional(shape, names), isOrdered };
  }

  private additional(shape: ObjectShape, declared: readonly string[]): Arguments["additional"] {
    const { context } = this.lowering;
    const anyName = { isIn: () => false, isNamed: () => true };
    const [undeclared] = valuesOfKey(shape, undefined, anyName, context, () => false);
    if (undeclared === undefined) return null;
    const value = this.value(undeclared.value);
    if (value.texts === null && value.others === null) return null;
    const names = this.texts({ ...anyString, min: 1, excluded: [...declared].sort() }, this.bounds.notInNames);
    return { names, value };
  }

  private value(conjunction: Conjunction): ArgumentValue {
    const { lowering } = this;
    return lowering.located(conjunction, () => {
      const { strings } = lowering.normaliser.shapesOf(conjunction);
      const texts = this.bounds.notInTexts.map((pattern) => alt(...strings.map((shape) => this.texts(shape, pattern))));
      return {
        texts: strings.length === 0 ? null : texts,
        others: lowering.lowerOthers(conjunction, this.layout),
        pointer: lowering.pointerOf(conjunction),
      };
    });
  }

  /** The texts of a shape that don't hold a match of `pattern`. */
  private texts(shape: StringShape, pattern: string): Term {
    const { languages } = this.lowering.context;
    const uses = [...shape.languages, { key: languages.pattern(pattern), negated: true }];
    const bounded = { ...shape, languages: uses.sort((a, b) => (a.key < b.key ? -1 : 1)) };
    return custom(`text ${keyOfString(bounded)}`, languages.automaton([bounded]));
  }
}

function isPlain(shape: ObjectShape, anyName: Conjunction): boolean {
  const { layers, min, max, names, dependencies, breaches } = shape;
  const isUncounted = min === 0 && max === Number.POSITIVE_INFINITY;
  const isUntangled = names === anyName && dependencies.length + breaches.length === 0;
  return isUncounted && isUntangled && layers.every((layer) => layer.patterns.length === 0);
}
