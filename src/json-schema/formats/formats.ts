// The formats that are asserted: most as the regular language that its RFC defines, over decoded text, written as patterns that
// are composed from named parts as the RFCs' grammars are; the others as machines.
import type { Limits } from "../../base/limits.ts";
import { lowerRegex } from "../../regex/lower-regex.ts";
import { alt, cat, literal, type Term, words } from "../../term/term.ts";
import type { CharacterMachine } from "./character-machine.ts";
import { HostnameMachine, maxName } from "./hostname-machine.ts";
import { RegexMachine } from "./regex-machine.ts";

/** The language of a known format that is regular; undefined for any other name. Cost: builds a term on each call. */
export function formatOf(name: string, limits: Limits): Term | undefined {
  if (name === "time") return time(limits);
  if (name === "date-time") return cat(regex(`${date}[Tt]`, limits), time(limits));
  const pattern = patterns.get(name);
  return pattern === undefined ? undefined : regex(pattern, limits);
}

/** A format that isn't regular, or only by automata far too large. */
export interface MachineFormat {
  readonly make: () => CharacterMachine;
  /** The most characters that a text of the format may have; Infinity: no bound. */
  readonly maxLength: number;
  /** Can each beginning of a text go on to infinitely many? Those that aren't in it, too. */
  readonly isEndless: boolean;
  /** The regular language that it is part of: only of "hostname". */
  readonly syntax?: Term;
}

/** Undefined for any name but theirs. Cost: as `formatOf`. */
export function machineFormatOf(name: string, limits: Limits): MachineFormat | undefined {
  const { maxStates } = limits;
  switch (name) {
    case "regex":
      return { make: () => new RegexMachine(maxStates), maxLength: Number.POSITIVE_INFINITY, isEndless: true };
    case "hostname":
      return {
        make: () => new HostnameMachine(false, maxStates),
        maxLength: maxName,
        isEndless: false,
        syntax: regex(hostname, limits),
      };
    case "idn-hostname":
      return {
        make: () => new HostnameMachine(true, maxStates),
        maxLength: Number.POSITIVE_INFINITY,
        isEndless: false,
      };
    default:
      return undefined;
  }
}

function regex(pattern: string, limits: Limits): Term {
  return lowerRegex(pattern, { search: false, limits });
}

// RFC 3339, section 5.6; the days of a month by section 5.7, leap years by appendix C.
const leapYear = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";
const date = `(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|${leapYear}-02-29)`;

/** RFC 3339 full-time. The second 60 exists only where it is 23:59 in UTC (section 5.7), so for each offset at one time of day. */
function time(limits: Limits): Term {
  const zone = "(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])";
  const plain = regex(`(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]+)?${zone}`, limits);
  const fraction = regex("(?:\\.[0-9]+)?", limits);
  const two = (n: number) => String(n).padStart(2, "0");
  const clock = (minutes: number) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  const day = 1440;
  const leaps = Array.from({ length: day }, (_, local) => {
    const ahead = (local + 1) % day;
    const zones = [`+${clock(ahead)}`, `-${clock((day - ahead) % day)}`];
    return cat(literal(`${clock(local)}:60`), fraction, words(ahead === 0 ? [...zones, "Z", "z"] : zones));
  });
  return alt(plain, ...leaps);
}

// RFC 3986, appendix A.
const octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const ipv4 = `${octet}(?:\\.${octet}){3}`;
const h16 = "[0-9A-Fa-f]{1,4}";
const ls32 = `(?:${h16}:${h16}|${ipv4})`;
const ipv6 = [
  `(?:${h16}:){6}${ls32}`,
  `::(?:${h16}:){5}${ls32}`,
  `(?:${h16})?::(?:${h16}:){4}${ls32}`,
  `(?:(?:${h16}:){0,1}${h16})?::(?:${h16}:){3}${ls32}`,
  `(?:(?:${h16}:){0,2}${h16})?::(?:${h16}:){2}${ls32}`,
  `(?:(?:${h16}:){0,3}${h16})?::${h16}:${ls32}`,
  `(?:(?:${h16}:){0,4}${h16})?::${ls32}`,
  `(?:(?:${h16}:){0,5}${h16})?::${h16}`,
  `(?:(?:${h16}:){0,6}${h16})?::`,
].join("|");
const encoded = "%[0-9A-Fa-f]{2}";
const unreserved = "A-Za-z0-9\\-._~";
const delimiters = "!$&'()*+,;=";

/** RFC 3986's URI and relative reference; with `more` unreserved characters, and in queries those and `inQuery`, RFC 3987's. */
function resourceIdentifiers(more: string, inQuery: string): { absolute: string; relative: string } {
  const pathCharacter = `(?:[${unreserved}${more}${delimiters}:@]|${encoded})`;
  const noColonCharacter = `(?:[${unreserved}${more}${delimiters}@]|${encoded})`;
  const userInfo = `(?:[${unreserved}${more}${delimiters}:]|${encoded})*`;
  const registeredName = `(?:[${unreserved}${more}${delimiters}]|${encoded})*`;
  const host = `(?:\\[(?:${ipv6}|[vV][0-9A-Fa-f]+\\.[${unreserved}${delimiters}:]+)\\]|${ipv4}|${registeredName})`;
  const authority = `(?:${userInfo}@)?${host}(?::[0-9]*)?`;
  const segments = `(?:/${pathCharacter}*)*`;
  const absolutePath = `/(?:${pathCharacter}+${segments})?`;
  const hierarchy = `(?://${authority}${segments}|${absolutePath}|${pathCharacter}+${segments}|)`;
  const relative = `(?://${authority}${segments}|${absolutePath}|${noColonCharacter}+${segments}|)`;
  const tail = `(?:\\?(?:${pathCharacter}|[/?${inQuery}])*)?(?:#(?:${pathCharacter}|[/?])*)?`;
  return { absolute: `[A-Za-z][A-Za-z0-9+\\-.]*:${hierarchy}${tail}`, relative: `${relative}${tail}` };
}

const uri = resourceIdentifiers("", "");
// RFC 3987, section 2.2: ucschar and iprivate.
const planes = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D"];
const international = [
  "\\u{A0}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFEF}",
  ...planes.map((plane) => `\\u{${plane}0000}-\\u{${plane}FFFD}`),
  "\\u{E1000}-\\u{EFFFD}",
].join("");
const iri = resourceIdentifiers(international, "\\u{E000}-\\u{F8FF}\\u{F0000}-\\u{FFFFD}\\u{100000}-\\u{10FFFD}");

// RFC 5321, section 4.1.2. Its limits on lengths (64 before the @, 255 after) are a matter of transport, and not asserted.
const atom = "[A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~]+";
const quoted = '"(?:[\\x20\\x21\\x23-\\x5B\\x5D-\\x7E]|\\\\[\\x20-\\x7E])*"';
const domainLabel = "[A-Za-z0-9](?:[A-Za-z0-9\\-]*[A-Za-z0-9])?";
const addressLiteral = `\\[(?:${ipv4}|[Ii][Pp][Vv]6:(?:${ipv6}))\\]`;
const email = `(?:${atom}(?:\\.${atom})*|${quoted})@(?:${domainLabel}(?:\\.${domainLabel})*|${addressLiteral})`;

// RFC 6531, section 3.3: the same with any character that isn't ASCII. In a domain that is wider than the U-labels of RFC 5890, whose
// code points and normal form aren't looked at: the official suite has it so.
const beyond = "\\u{80}-\\u{10FFFF}";
const idnAtom = `[A-Za-z0-9!#$%&'*+\\-/=?^_\`{|}~${beyond}]+`;
const idnQuoted = `"(?:[\\x20\\x21\\x23-\\x5B\\x5D-\\x7E${beyond}]|\\\\[\\x20-\\x7E])*"`;
const idnLabel = `[A-Za-z0-9${beyond}](?:[A-Za-z0-9\\-${beyond}]*[A-Za-z0-9${beyond}])?`;
const idnEmail = `(?:${idnAtom}(?:\\.${idnAtom})*|${idnQuoted})@(?:${idnLabel}(?:\\.${idnLabel})*|${addressLiteral})`;

// RFC 1123, section 2.1.
const hostLabel = "[A-Za-z0-9](?:[A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?";
const hostname = `${hostLabel}(?:\\.${hostLabel})*`;

// RFC 3339, appendix A.
const durationTime = "T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S)";
const durationDate = "(?:[0-9]+D|[0-9]+M(?:[0-9]+D)?|[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?)";

// RFC 6901, section 3.
const jsonPointer = "(?:/(?:[^~/]|~[01])*)*";

// RFC 6570, section 2, with erratum 6937 (the apostrophe is a literal).
const templateName = `(?:[A-Za-z0-9_]|${encoded})(?:\\.?(?:[A-Za-z0-9_]|${encoded}))*`;
const templateVariable = `${templateName}(?::[1-9][0-9]{0,3}|\\*)?`;
const templateLiteral = `(?:[!#$&-;=?-\\[\\]_a-z~${international}\\u{E000}-\\u{F8FF}\\u{F0000}-\\u{FFFFD}\\u{100000}-\\u{10FFFD}]|${encoded})`;
const uriTemplate = `(?:${templateLiteral}|\\{[+#./;?&=,!@|]?${templateVariable}(?:,${templateVariable})*\\})*`;

const patterns = new Map<string, string>([
  ["date", date],
  ["duration", `P(?:[0-9]+W|${durationDate}(?:${durationTime})?|${durationTime})`],
  ["email", email],
  ["idn-email", idnEmail],
  ["ipv4", ipv4],
  ["ipv6", ipv6],
  ["uri", uri.absolute],
  ["uri-reference", `(?:${uri.absolute}|${uri.relative})`],
  ["iri", iri.absolute],
  ["iri-reference", `(?:${iri.absolute}|${iri.relative})`],
  // RFC 9562, section 4.
  ["uuid", "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"],
  ["json-pointer", jsonPointer],
  // draft-bhutton-relative-json-pointer-00, section 3.
  ["relative-json-pointer", `(?:0|[1-9][0-9]*)(?:[+-][1-9][0-9]*)?(?:#|${jsonPointer})`],
  ["uri-template", uriTemplate],
]);
