// What IDNA2008 asks of a code point: may it stand in a label (RFC 5892), its Bidi_Class (RFC 5893) and Joining_Type (RFC 5892,
// appendix A). The rules are asked of the JavaScript engine's own properties, so the Unicode version is the engine's; what it has no property
// for is listed here, of Unicode 17.0 (DerivedBidiClass.txt, DerivedJoiningType.txt), for allowed code points only.

// Bidi_Class, as far as the rules tell apart: R and AL count the same.
export const leftToRight = 0;
export const rightToLeft = 1;
export const arabicNumber = 2;
export const europeanNumber = 3;
export const neutral = 4;
export const nonspacing = 5;

/** What the rules know of a code point. */
export interface CodePointTraits {
  /** One of the classes above. */
  readonly bidi: number;
  /** Its Joining_Type, where it is one of these. */
  readonly joining: "D" | "L" | "R" | "T" | undefined;
  readonly isMark: boolean;
  /** Does normalization compose it with some character behind? */
  readonly composes: boolean;
  readonly isVirama: boolean;
  readonly script: "Greek" | "Hebrew" | "Kana or Han" | undefined;
}

/** Code points from here on are allowed in no label: all are unassigned, private or ignorable. */
export const codePointEnd = 0x40000;

/** A cache; whoever reads many labels owns one. */
export class IdnaCodePoints {
  #composing: ReadonlySet<string> | undefined;
  readonly #traits = new Map<number, CodePointTraits | null>();

  /** Null: not allowed in any label. What is allowed in some context only (CONTEXTJ, CONTEXTO) is allowed here. */
  traits(codePoint: number): CodePointTraits | null {
    let traits = this.#traits.get(codePoint);
    if (traits === undefined) {
      const text = String.fromCodePoint(codePoint);
      traits = codePoint < codePointEnd && isAllowed(text) ? this.#traitsOf(text) : null;
      this.#traits.set(codePoint, traits);
    }
    return traits;
  }

  #traitsOf(text: string): CodePointTraits {
    this.#composing ??= composingCharacters();
    return {
      bidi: bidiOf(text),
      joining: joiningOf(text),
      isMark: /\p{M}/u.test(text),
      composes: this.#composing.has(text),
      isVirama: isVirama(text),
      script: scripts.find(([, characters]) => characters.test(text))?.[0],
    };
  }
}

/** What is left of a decomposed character without one of its marks. Cost: some 20 ms. */
function composingCharacters(): ReadonlySet<string> {
  const composing = new Set<string>();
  for (let codePoint = 0xc0; codePoint < codePointEnd; codePoint++) {
    // Hangul syllables are composed of Jamo, which aren't allowed.
    if (codePoint === 0xac00) codePoint = 0xe000;
    const text = String.fromCodePoint(codePoint);
    const decomposed = text.normalize("NFD");
    if (decomposed === text || text.normalize("NFC") !== text) continue;
    const parts = [...decomposed];
    for (let i = 1; i < parts.length; i++) composing.add(parts.toSpliced(i, 1).join("").normalize("NFC"));
  }
  return composing;
}

// RFC 5892, section 2.6, with CONTEXTO and CONTEXTJ.
const exceptions = /[\u00df\u03c2\u06fd\u06fe\u0f0b\u3007\u00b7\u0375\u05f3\u05f4\u30fb-]|\u200c|\u200d/u;
const exceptionsOut = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/u;
// Sections 2.1 and 2.2, 2.3, 2.4 and 2.9. CWKCF: what case folding under NFKC changes.
const letterDigits = /[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]/u;
const unstableOrIgnorable =
  /[\p{CWKCF}\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Noncharacter_Code_Point}]|[\u20d0-\u20ff]|[\u{1d100}-\u{1d24f}]|[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]/u;

function isAllowed(text: string): boolean {
  if (exceptions.test(text)) return true;
  return letterDigits.test(text) && !unstableOrIgnorable.test(text) && !exceptionsOut.test(text);
}

const scripts = [
  ["Greek", /\p{Script=Greek}/u],
  ["Hebrew", /\p{Script=Hebrew}/u],
  ["Kana or Han", /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u],
] as const;

const nonspacingMarks = /(?![\u0cbf\u0cc6\u{11a07}\u{11a08}\u{11c3f}])\p{Mn}/u;
const neutrals =
  /[\u002d\u00b7\u02b9\u02ba\u02c6-\u02cf\u02ec\u0375\u2e2f\u30fb\ua67f\ua717-\ua71f\ua788]|\u200c|\u200d/u;
const arabicNumbers = /[\u0660-\u0669\u{10d30}-\u{10d39}\u{10d40}-\u{10d49}]/u;
const europeanNumbers = /[0-9\u06f0-\u06f9]/u;
const rightToLefts = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

function bidiOf(text: string): number {
  if (nonspacingMarks.test(text)) return nonspacing;
  if (neutrals.test(text)) return neutral;
  if (arabicNumbers.test(text)) return arabicNumber;
  if (europeanNumbers.test(text)) return europeanNumber;
  return rightToLefts.test(text) && !/\p{Mn}/u.test(text) ? rightToLeft : leftToRight;
}

const dual =
  /[\u0620\u0626\u0628\u062a-\u062e\u0633-\u0647\u0649\u064a\u066e\u066f\u0679-\u0687\u069a-\u06bf\u06c1\u06c2\u06cc\u06ce\u06d0\u06d1\u06fa-\u06fc\u06ff\u0712-\u0714\u071a-\u071d\u071f-\u0727\u0729\u072b\u072d\u072e\u074e-\u0758\u075c-\u076a\u076d-\u0770\u0772\u0775-\u0777\u077a-\u077f\u07ca-\u07ea\u0841-\u0845\u0848\u084a-\u0853\u0855\u0860\u0862-\u0865\u0868\u0886\u0889-\u088d\u088f\u08a0-\u08a9\u08af\u08b0\u08b3-\u08b8\u08ba-\u08c8\u1820-\u1878\u1887-\u18a8\u18aa\ua840-\ua871\u{10ac0}-\u{10ac4}\u{10ad3}-\u{10ad6}\u{10ad8}-\u{10adc}\u{10ade}-\u{10ae0}\u{10b80}\u{10b82}\u{10b86}-\u{10b88}\u{10b8a}\u{10b8b}\u{10b8d}\u{10b90}\u{10d01}-\u{10d21}\u{10d23}\u{10ec3}\u{10ec4}\u{10ec6}\u{10ec7}\u{10f30}-\u{10f32}\u{10f34}-\u{10f44}\u{10f70}-\u{10f73}\u{10f76}-\u{10f81}\u{10fb0}\u{10fb2}\u{10fb3}\u{10fb8}\u{10fbb}\u{10fbc}\u{10fbe}\u{10fbf}\u{10fc1}\u{10fc4}\u{1e922}-\u{1e943}]/u;
const right =
  /[\u0622-\u0625\u0627\u0629\u062f-\u0632\u0648\u0671-\u0673\u0688-\u0699\u06c0\u06c3-\u06cb\u06cd\u06cf\u06d2-\u06d5\u06ee\u06ef\u0710\u0715-\u0719\u071e\u0728\u072a\u072c\u072f\u074d\u0759-\u075b\u076b\u076c\u0771\u0773\u0774\u0778\u0779\u0840\u0846\u0847\u0849\u0854\u0856-\u0858\u0867\u0869-\u0882\u088e\u08aa-\u08ac\u08ae\u08b1\u08b2\u08b9\u{10ac5}\u{10ac7}-\u{10aca}\u{10ace}-\u{10ad2}\u{10add}\u{10ae1}\u{10ae4}\u{10b81}\u{10b83}-\u{10b85}\u{10b89}\u{10b8c}\u{10b8e}\u{10b8f}\u{10b91}\u{10d22}\u{10ec2}\u{10f33}\u{10f74}\u{10f75}\u{10fb4}-\u{10fb6}\u{10fb9}\u{10fba}\u{10fbd}\u{10fc2}\u{10fc3}]/u;
const left = /[\ua872\u{10acd}\u{10ad7}\u{10d00}]/u;
const transparent = /[\p{Mn}\u{1e94b}]/u;

function joiningOf(text: string): CodePointTraits["joining"] {
  if (transparent.test(text)) return "T";
  if (dual.test(text)) return "D";
  if (right.test(text)) return "R";
  return left.test(text) ? "L" : undefined;
}

/** Canonical_Combining_Class 9, told by how normalization orders it among marks of the classes 1 and 9. */
function isVirama(text: string): boolean {
  const isOrdered = (marks: string) => `x${marks}`.normalize("NFD") === `x${marks}`;
  const one = "\u0334";
  const nine = "\u094d";
  return (
    isOrdered(`${nine}${text}`) && isOrdered(`${text}${nine}`) && !isOrdered(`${text}${one}`) && /\p{M}/u.test(text)
  );
}
