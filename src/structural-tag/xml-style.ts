// A tool call's arguments as elements, in the ways of some model families: each property is an element of its own, a string stands in it as it
// is, anything else as JSON. Between elements, before the first and behind the last there may be whitespace.
import { byteSetOf } from "../base/byte-set.ts";
import { ConstraintError } from "../base/errors.ts";
import type { DroppedKeyword } from "../json-schema/keywords/dropped-keywords.ts";
import { maxFlexibleGap } from "../json-schema/layout.ts";
import {
  type Argument,
  type ArgumentBounds,
  type Arguments,
  type ArgumentValue,
  lowerArguments,
} from "../json-schema/lower-arguments.ts";
import type { SchemaOptions } from "../json-schema/lower-schema.ts";
import { alt, bytes, call, cat, custom, epsilon, literal, optional, Rule, repeat, type Term } from "../term/term.ts";
import { ElementsProcedure } from "./elements-procedure.ts";
import type { JsonStyle } from "./format.ts";

/** How an element is written: `open`, the name, `afterName` (which may say whether the value is a string) and the value, and `close`. */
interface XmlStyle {
  readonly open: string;
  readonly afterName: { readonly texts: Term; readonly others: Term };
  readonly close: string;
  /** Around a text: what isn't part of it. */
  readonly aroundText: Term;
}

const gap: Term = repeat(bytes(byteSetOf(0x20, 0x0a, 0x0d, 0x09)), 0, maxFlexibleGap);

function plain(open: string, afterName: Term, close: string, aroundText: Term = epsilon): XmlStyle {
  return { open, afterName: { texts: afterName, others: afterName }, close, aroundText };
}

const styles: Readonly<Record<Exclude<JsonStyle, "json">, XmlStyle>> = {
  // Qwen3-Coder: a value stands on a line of its own, and its readers take one line break off at either side.
  qwen_xml: plain("<parameter=", literal(">"), "</parameter>", optional(literal("\n"))),
  // GLM-4.5 and later.
  glm_xml: plain("<arg_key>", cat(literal("</arg_key>"), gap, literal("<arg_value>")), "</arg_value>"),
  // MiniMax-M2.
  minimax_xml: plain('<parameter name="', literal('">'), "</parameter>"),
  // DeepSeek-V3.2.
  deepseek_xml: {
    open: '<｜DSML｜parameter name="',
    afterName: { texts: literal('" string="true">'), others: literal('" string="false">') },
    close: "</｜DSML｜parameter>",
    aroundText: epsilon,
  },
};

/** What would end a name, or its element, in one style or another. */
const notInNames = '[<>"]';

export function isXmlStyle(style: string): style is Exclude<JsonStyle, "json"> {
  return Object.hasOwn(styles, style);
}

/**
 * The term of the objects that satisfy `schema`. Each declared property comes at most once; a name that isn't declared may come again, and then
 * the last one counts. Where a value may be a string or something else, it may be written as either. Throws as `lowerSchema`; "unsupported" where
 * the object is told by more than its properties, and for a name that its element can't hold.
 */
export function lowerXmlStyle(
  schema: unknown,
  style: Exclude<JsonStyle, "json">,
  options: SchemaOptions,
): { term: Term; dropped: readonly DroppedKeyword[] } {
  const xml = styles[style];
  const bounds: ArgumentBounds = { notInTexts: xml.close, notInNames };
  const { result, dropped } = lowerArguments(schema, options, bounds);
  return { term: elementsTerm(result, xml), dropped };
}

function elementsTerm({ declared, additional, isOrdered }: Arguments, style: XmlStyle): Term {
  const elements = declared.map((each) => ({ rule: declaredElement(each, style), isRequired: each.isRequired }));
  const again =
    additional === null ? null : new Rule("another argument", elementTerm(additional.names, additional.value, style));
  if (!isOrdered) return cat(custom("arguments", new ElementsProcedure(elements, again)), gap);
  const inOrder = elements.map(({ rule, isRequired }) => (isRequired ? call(rule) : optional(call(rule))));
  return cat(...inOrder, again === null ? epsilon : repeat(call(again), 0, Infinity), gap);
}

function declaredElement({ name, value }: Argument, style: XmlStyle): Rule {
  if (new RegExp(notInNames).test(name)) {
    throw new ConstraintError("unsupported", `the name ${JSON.stringify(name)} can't stand in an element`, {
      pointer: value.pointer,
    });
  }
  return new Rule(`argument ${JSON.stringify(name)}`, elementTerm(literal(name), value, style));
}

function elementTerm(name: Term, { texts, others }: ArgumentValue, style: XmlStyle): Term {
  const { afterName, aroundText } = style;
  const values = [
    ...(texts === null ? [] : [cat(afterName.texts, aroundText, texts, aroundText)]),
    ...(others === null ? [] : [cat(afterName.others, gap, others, gap)]),
  ];
  return cat(gap, literal(style.open), name, alt(...values), literal(style.close));
}
