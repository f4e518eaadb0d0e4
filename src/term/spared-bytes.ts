// Bytes that an automaton can do without, because it goes where they lead by others, too. A tokeniser that was trained on little text has no
// tokens for a few control characters, nor for the lead bytes of planes that nobody writes; most constraints don't tell these from others.
import { addByte, type ByteSet, bytesOf, complementByteSet, emptyByteSet, unionByteSets } from "../base/byte-set.ts";

/** No UTF-8 has these (RFC 3629, section 3). */
const neverInText = emptyByteSet();
for (const byte of [0xc0, 0xc1]) addByte(neverInText, byte);
for (let byte = 0xf5; byte <= 0xff; byte++) addByte(neverInText, byte);

/** The bytes of UTF-8 that aren't in `set`. */
export function otherTextBytes(set: ByteSet): ByteSet {
  return complementByteSet(unionByteSets(set, neverInText));
}

/** Does each of `bytes`, in every state, lead where a byte that isn't among them leads? `classOf`: the same number for bytes that lead alike. */
export function canSpareOfClasses(bytes: ByteSet, classOf: Uint8Array): boolean {
  const others = new Set(bytesOf(otherTextBytes(bytes)).map((byte) => classOf[byte]!));
  return bytesOf(bytes).every((byte) => others.has(classOf[byte]!));
}
