// A tool call's arguments as elements, in the ways of some model families: each property is an element of its own, a string stands in it as it
// is, anything else as JSON. Between elements, before the first and behind the last there may be whitespace.
import { byteSetOf } from "../base/byte-set.ts";
import { ConstraintError } from "../base/errors.ts";
import type { DroppedKeyword } from "../json-schema/keywords/dropped-keywords.ts";
import { maxFlexibleGap } from "../json-schema/layout.ts";
import { type Argument, type Arguments, type ArgumentValue, lowerArguments } from "../json-schema/lower-arguments.ts";
import type { SchemaOptions } from "../json-schema/lower-schema.ts";
import {
  alt,
  bytes,
  call,
  cat,
  custom,
  epsilon,
  literal,
  optional,
  Rule,
  repeat,
  type Term,
  token,
} from "../term/term.ts";
import { ElementsProcedure } from "./elements-procedure.ts";
import type { JsonStyle } from "./format.ts";

/** How an element is written: `open`, the name, `afterName` (which may say whether the value is a string) and the value, and `close`. */
interface XmlStyle {
  readonly open: string;
  /** White space may stand between its parts. */
  readonly afterName: { readonly texts: readonly string[]; readonly others: readonly string[] };
  readonly close: string;
  /** A text may stand on lines of its own: the line breaks around it aren't part of it. */
  readonly hasLineBreaks?: boolean;
}

const gap: Term = repeat(bytes(byteSetOf(0x20, 0x0a, 0x0d, 0x09)), 0, maxFlexibleGap);

function plain(open: string, afterName: readonly string[], close: string): XmlStyle {
  return { open, afterName: { texts: afterName, others: afterName }, close };
}

/** A part of the tags of DeepSeek's style, which is a special token where the vocabulary has one of this name. */
export const dsmlMarker = "｜DSML｜";

const styles: Readonly<Record<Exclude<JsonStyle, "json">, XmlStyle>> = {
  // Qwen3-Coder: a value stands on a line of its own, and its readers take one line break off at either side.
  qwen_xml: { ...plain("<parameter=", [">"], "</parameter>"), hasLineBreaks: true },
  // GLM-4.5 and later.
  glm_xml: plain("<arg_key>", ["</arg_key>", "<arg_value>"], "</arg_value>"),
  // MiniMax-M2.
  minimax_xml: plain('<parameter name="', ['">'], "</parameter>"),
  // DeepSeek-V3.2.
  deepseek_xml: {
    open: `<${dsmlMarker}parameter name="`,
    afterName: { texts: ['" string="true">'], others: ['" string="false">'] },
    close: `</${dsmlMarker}parameter>`,
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
 * the object is told by more than its properties, and for a name that its element can't hold. `tokenOf`: the special token of a name, if there is one.
 */
export function lowerXmlStyle(
  schema: unknown,
  style: Exclude<JsonStyle, "json">,
  options: SchemaOptions,
  tokenOf: (name: string) => number | undefined,
): { term: Term; dropped: readonly DroppedKeyword[] } {
  const xml = styles[style];
  const notInTexts = [xml.close, ...(xml.hasLineBreaks ? [`${xml.close}|^\\r?\\n|\\n$`] : [])];
  const { result, dropped } = lowerArguments(schema, options, { notInTexts, notInNames });
  return { term: new Elements(xml, tokenOf(dsmlMarker)).all(result), dropped };
}

class Elements {
  private readonly style: XmlStyle;
  private readonly dsml: number | undefined;

  constructor(style: XmlStyle, dsml: number | undefined) {
    this.style = style;
    this.dsml = dsml;
  }

  all({ declared, additional, isOrdered }: Arguments): Term {
    const elements = declared.map((each) => ({ rule: this.declared(each), isRequired: each.isRequired }));
    const again =
      additional === null ? null : new Rule("another argument", this.element(additional.names, additional.value));
    if (!isOrdered) return cat(custom("arguments", new ElementsProcedure(elements, again)), gap);
    const inOrder = elements.map(({ rule, isRequired }) => (isRequired ? call(rule) : optional(call(rule))));
    return cat(...inOrder, again === null ? epsilon : repeat(call(again), 0, Infinity), gap);
  }

  private declared({ name, value }: Argument): Rule {
    if (new RegExp(notInNames).test(name)) {
      throw new ConstraintError("unsupported", `the name ${JSON.stringify(name)} can't stand in an element`, {
        pointer: value.pointer,
      });
    }
    return new Rule(`argument ${JSON.stringify(name)}`, this.element(literal(name), value));
  }

  private element(name: Term, { texts, others }: ArgumentValue): Term {
    const { open, afterName, close } = this.style;
    const after = (parts: readonly string[]) =>
      cat(...parts.flatMap((part, i) => [i === 0 ? epsilon : gap, this.text(part)]));
    const values = [
      ...(texts === null ? [] : [cat(after(afterName.texts), textTerm(texts))]),
      ...(others === null ? [] : [cat(after(afterName.others), gap, others, gap)]),
    ];
    return cat(gap, this.text(open), name, alt(...values), this.text(close));
  }

  /** A part of a tag. */
  private text(text: string): Term {
    const { dsml } = this;
    if (dsml === undefined) return literal(text);
    const [first, ...rest] = text.split(dsmlMarker).map((part) => literal(part));
    return cat(first!, ...rest.flatMap((part) => [token(dsml), part]));
  }
}

/** A text as it stands, or on lines of its own. It isn't both: one that begins or ends with a line break must have another around it. */
function textTerm([text, withoutLineBreaks]: readonly Term[]): Term {
  if (withoutLineBreaks === undefined) return text!;
  return alt(cat(literal("\n"), text!, literal("\n")), withoutLineBreaks);
}
