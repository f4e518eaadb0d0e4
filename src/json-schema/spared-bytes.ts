// What JSON can't do without: ASCII that is printed, white space that a layout may ask for, and the bytes that end a character which has begun. Any
// other character can be escaped, wherever it may stand.
import { type ByteSet, byteRange, byteSetOf, unionByteSets } from "../base/byte-set.ts";

const needed = [byteRange(0x20, 0x7e), byteRange(0x80, 0xbf), byteSetOf(0x09, 0x0a, 0x0d)].reduce(unionByteSets);

/** `Procedure.canSpare` of whatever reads every spelling of JSON values. */
export function canSpareInJson(bytes: ByteSet): boolean {
  return bytes.every((word, i) => (word & needed[i]!) === 0);
}
