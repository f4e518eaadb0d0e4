// The Unicode properties that a regex may name in \p{…}, as prefixes: which texts can still become one, and by how many more
// characters. Names: ECMA-262, tables 66 to 68, and Unicode's PropertyValueAliases.txt (17.0); the JavaScript engine that we run
// in is asked about each, so that a text is a property here where it is one there.

const generalCategories = `
  Cased_Letter LC Close_Punctuation Pe Connector_Punctuation Pc Control Cc cntrl Currency_Symbol Sc
  Dash_Punctuation Pd Decimal_Number Nd digit Enclosing_Mark Me Final_Punctuation Pf Format Cf
  Initial_Punctuation Pi Letter L Letter_Number Nl Line_Separator Zl Lowercase_Letter Ll Mark M Combining_Mark
  Math_Symbol Sm Modifier_Letter Lm Modifier_Symbol Sk Nonspacing_Mark Mn Number N Open_Punctuation Ps Other C
  Other_Letter Lo Other_Number No Other_Punctuation Po Other_Symbol So Paragraph_Separator Zp Private_Use Co
  Punctuation P punct Separator Z Space_Separator Zs Spacing_Mark Mc Surrogate Cs Symbol S Titlecase_Letter Lt
  Unassigned Cn Uppercase_Letter Lu`;

const scripts = `
  Adlam Adlm Ahom Anatolian_Hieroglyphs Hluw Arabic Arab Armenian Armn Avestan Avst Balinese Bali Bamum Bamu
  Bassa_Vah Bass Batak Batk Bengali Beng Bhaiksuki Bhks Bopomofo Bopo Brahmi Brah Braille Brai Buginese Bugi
  Buhid Buhd Canadian_Aboriginal Cans Carian Cari Caucasian_Albanian Aghb Chakma Cakm Cham Cherokee Cher
  Common Zyyy Coptic Copt Qaac Cuneiform Xsux Cypriot Cprt Cyrillic Cyrl Deseret Dsrt Devanagari Deva Duployan
  Dupl Egyptian_Hieroglyphs Egyp Elbasan Elba Ethiopic Ethi Georgian Geor Glagolitic Glag Gothic Goth Grantha
  Gran Greek Grek Gujarati Gujr Gurmukhi Guru Han Hani Hangul Hang Hanunoo Hano Hatran Hatr Hebrew Hebr
  Hiragana Hira Imperial_Aramaic Armi Inherited Zinh Qaai Inscriptional_Pahlavi Phli Inscriptional_Parthian
  Prti Javanese Java Kaithi Kthi Kannada Knda Katakana Kana Kayah_Li Kali Kharoshthi Khar Khmer Khmr Khojki
  Khoj Khudawadi Sind Lao Laoo Latin Latn Lepcha Lepc Limbu Limb Linear_A Lina Linear_B Linb Lisu Lycian Lyci
  Lydian Lydi Mahajani Mahj Malayalam Mlym Mandaic Mand Manichaean Mani Marchen Marc Masaram_Gondi Gonm
  Meetei_Mayek Mtei Mende_Kikakui Mend Meroitic_Cursive Merc Meroitic_Hieroglyphs Mero Miao Plrd Modi
  Mongolian Mong Mro Mroo Multani Mult Myanmar Mymr Nabataean Nbat New_Tai_Lue Talu Newa Nko Nkoo Nushu Nshu
  Ogham Ogam Ol_Chiki Olck Old_Hungarian Hung Old_Italic Ital Old_North_Arabian Narb Old_Permic Perm
  Old_Persian Xpeo Old_South_Arabian Sarb Old_Turkic Orkh Oriya Orya Osage Osge Osmanya Osma Pahawh_Hmong Hmng
  Palmyrene Palm Pau_Cin_Hau Pauc Phags_Pa Phag Phoenician Phnx Psalter_Pahlavi Phlp Rejang Rjng Runic Runr
  Samaritan Samr Saurashtra Saur Sharada Shrd Shavian Shaw Siddham Sidd SignWriting Sgnw Sinhala Sinh
  Sora_Sompeng Sora Soyombo Soyo Sundanese Sund Syloti_Nagri Sylo Syriac Syrc Tagalog Tglg Tagbanwa Tagb
  Tai_Le Tale Tai_Tham Lana Tai_Viet Tavt Takri Takr Tamil Taml Tangut Tang Telugu Telu Thaana Thaa Thai
  Tibetan Tibt Tifinagh Tfng Tirhuta Tirh Ugaritic Ugar Vai Vaii Warang_Citi Wara Yi Yiii Zanabazar_Square
  Zanb Dogra Dogr Gunjala_Gondi Gong Hanifi_Rohingya Rohg Makasar Maka Medefaidrin Medf Old_Sogdian Sogo
  Sogdian Sogd Elymaic Elym Nandinagari Nand Nyiakeng_Puachue_Hmong Hmnp Wancho Wcho Chorasmian Chrs Diak
  Dives_Akuru Khitan_Small_Script Kits Yezi Yezidi Cypro_Minoan Cpmn Old_Uyghur Ougr Tangsa Tnsa Toto Vithkuqi
  Vith
  Kawi Nagm Nag_Mundari Unknown Zzzz Garay Gara Gurung_Khema Gukh Kirat_Rai Krai Ol_Onal Onao Sunuwar Sunu Todhri Todr
  Tulu_Tigalari Tutg Beria_Erfe Berf Sidetic Sidt Tai_Yo Tayo Tolong_Siki Tols`;

const binaryProperties = `
  ASCII ASCII_Hex_Digit AHex Alphabetic Alpha Any Assigned Bidi_Control Bidi_C Bidi_Mirrored Bidi_M
  Case_Ignorable CI Cased Changes_When_Casefolded CWCF Changes_When_Casemapped CWCM Changes_When_Lowercased
  CWL Changes_When_NFKC_Casefolded CWKCF Changes_When_Titlecased CWT Changes_When_Uppercased CWU Dash
  Default_Ignorable_Code_Point DI Deprecated Dep Diacritic Dia Emoji Emoji_Component Emoji_Modifier
  Emoji_Modifier_Base Emoji_Presentation Extender Ext Grapheme_Base Gr_Base Grapheme_Extend Gr_Ext Hex_Digit
  Hex IDS_Binary_Operator IDSB IDS_Trinary_Operator IDST ID_Continue IDC ID_Start IDS Ideographic Ideo
  Join_Control Join_C Logical_Order_Exception LOE Lowercase Lower Math Noncharacter_Code_Point NChar
  Pattern_Syntax Pat_Syn Pattern_White_Space Pat_WS Quotation_Mark QMark Radical Regional_Indicator RI
  Sentence_Terminal STerm Soft_Dotted SD Terminal_Punctuation Term Unified_Ideograph UIdeo Uppercase Upper
  Variation_Selector VS White_Space space XID_Continue XIDC XID_Start XIDS Extended_Pictographic EBase EComp
  EMod EPres ExtPict`;

/** Prefixes of some texts. */
export class PropertyPrefixes {
  /** By prefix: the shortest text. */
  readonly #texts: ReadonlyMap<string, string>;

  constructor(texts: readonly string[]) {
    const shortest = new Map<string, string>();
    for (const text of texts) {
      for (let length = 0; length <= text.length; length++) {
        const prefix = text.slice(0, length);
        const known = shortest.get(prefix);
        if (known === undefined || known.length > text.length) shortest.set(prefix, text);
      }
    }
    this.#texts = shortest;
  }

  /** How many characters at least make a text of `prefix`: Infinity where none do. */
  remaining(prefix: string): number {
    return (this.#texts.get(prefix)?.length ?? Infinity) - prefix.length;
  }

  /** The least that makes a text of `prefix`, which must be one. */
  end(prefix: string): string {
    return this.#texts.get(prefix)!.slice(prefix.length);
  }
}

/** All that may stand between the braces. Made when first asked for: takes some milliseconds. */
export function propertyExpressions(): PropertyPrefixes {
  return (expressions ??= new PropertyPrefixes(allExpressions().filter(isProperty)));
}

let expressions: PropertyPrefixes | undefined;

function allExpressions(): string[] {
  const words = (list: string) => list.trim().split(/\s+/);
  const categories = words(generalCategories);
  return [
    ...words(binaryProperties),
    ...categories,
    ...["gc", "General_Category"].flatMap((name) => categories.map((value) => `${name}=${value}`)),
    ...["sc", "Script", "scx", "Script_Extensions"].flatMap((name) =>
      words(scripts).map((value) => `${name}=${value}`),
    ),
  ];
}

function isProperty(expression: string): boolean {
  try {
    new RegExp(`\\p{${expression}}`, "u");
    return true;
  } catch {
    return false;
  }
}
