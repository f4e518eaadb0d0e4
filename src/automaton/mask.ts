// Masks, and the buffer in which one is put together.

/**
 * The tokens allowed in a state: immutable; equal ids mean equal content. "all": every id; "dense": `words`, bit t of word t >> 5 is
 * token t; "sparse": `ids`, ascending. `count` is the number of allowed tokens.
 */
export type Mask =
  | { readonly id: number; readonly kind: "all"; readonly count: number }
  | { readonly id: number; readonly kind: "dense"; readonly count: number; readonly words: Uint32Array }
  | { readonly id: number; readonly kind: "sparse"; readonly count: number; readonly ids: Int32Array };

/** Numbers for masks: of all constraints that share it, so that a cache beyond one constraint can go by them. */
export class MaskIds {
  private last = 0;

  next(): number {
    return ++this.last;
  }
}

/** The words of a bitmask over `size` tokens. */
export function maskWords(size: number): number {
  return (size + 31) >>> 5;
}

export function popCount(words: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < words.length; i++) {
    let word = words[i]!;
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

/** A set of tokens put aside: a bitmap, or ids in any order. */
export type MaskSnapshot = { readonly words: Uint32Array } | { readonly ids: Int32Array };

/** So few ids are sorted; more are read off the bitmap. */
const fewIds = 128;

/**
 * A set of tokens that is being put together: a bitmap, and, while it is small, a list of its ids as well, so that emptying and copying
 * cost as much as there is in it.
 */
export class MaskBuilder {
  readonly size: number;
  readonly words: Uint32Array;
  readonly ids: Int32Array;
  /** How many ids are listed; −1 once the list is given up. */
  listed = 0;

  constructor(size: number) {
    this.size = size;
    this.words = new Uint32Array(maskWords(size));
    this.ids = new Int32Array(Math.max(16, this.words.length >> 1));
  }

  add(id: number): void {
    const bit = 1 << (id & 31);
    const word = this.words[id >> 5]!;
    if ((word & bit) !== 0) return;
    this.words[id >> 5] = word | bit;
    if (this.listed < 0) return;
    if (this.listed === this.ids.length) this.listed = -1;
    else this.ids[this.listed++] = id;
  }

  has(id: number): boolean {
    return ((this.words[id >> 5]! >>> (id & 31)) & 1) === 1;
  }

  /** Adds `list[from … to)`. */
  addRange(list: Int32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.add(list[i]!);
  }

  addWords(other: Uint32Array): void {
    const { words } = this;
    if (this.listed === 0) words.set(other);
    else for (let i = 0; i < words.length; i++) words[i]! |= other[i]!;
    this.listed = -1;
  }

  addBuilder(other: MaskBuilder): void {
    if (other.listed < 0) this.addWords(other.words);
    else this.addRange(other.ids, 0, other.listed);
  }

  /** What is in it now, to be added to another builder later. */
  snapshot(): MaskSnapshot {
    return this.listed >= 0 ? { ids: this.ids.slice(0, this.listed) } : { words: this.words.slice() };
  }

  addSnapshot(snapshot: MaskSnapshot): void {
    if ("words" in snapshot) this.addWords(snapshot.words);
    else this.addRange(snapshot.ids, 0, snapshot.ids.length);
  }

  /** Are there so few tokens in it that keeping them costs next to nothing? */
  get isShort(): boolean {
    return this.listed >= 0 && this.listed <= 2 * fewIds;
  }

  /** Takes `list[from … to)` out. Gives up the list of ids. */
  removeRange(list: Int32Array, from: number, to: number): void {
    this.listed = -1;
    for (let i = from; i < to; i++) this.words[list[i]! >> 5]! &= ~(1 << (list[i]! & 31));
  }

  clear(): void {
    if (this.listed < 0) this.words.fill(0);
    else for (let i = 0; i < this.listed; i++) this.words[this.ids[i]! >> 5] = 0;
    this.listed = 0;
  }

  copyTo(bitmask: Uint32Array, offset: number): void {
    if (this.listed < 0) {
      bitmask.set(this.words, offset);
      return;
    }
    bitmask.fill(0, offset, offset + this.words.length);
    for (let i = 0; i < this.listed; i++) bitmask[offset + (this.ids[i]! >> 5)]! |= 1 << (this.ids[i]! & 31);
  }

  /** What is in it now, as a mask of that id. */
  toMask(id: number): Mask {
    if (this.listed >= 0) {
      const ids = this.listed <= fewIds ? this.ids.slice(0, this.listed).sort() : idsOf(this.words, this.listed);
      return { id, kind: "sparse", count: ids.length, ids };
    }
    const count = popCount(this.words);
    return count === this.size ? { id, kind: "all", count } : { id, kind: "dense", count, words: this.words.slice() };
  }
}

/** The memory that a mask or a snapshot takes, about. */
export function maskByteLength(mask: Mask | MaskSnapshot): number {
  return 64 + ("words" in mask ? mask.words.byteLength : "ids" in mask ? mask.ids.byteLength : 0);
}

/** The `count` ids of a bitmap, ascending. */
function idsOf(words: Uint32Array, count: number): Int32Array {
  const ids = new Int32Array(count);
  let length = 0;
  for (let word = 0; word < words.length; word++) {
    for (let rest = words[word]!; rest !== 0; rest &= rest - 1)
      ids[length++] = 32 * word + 31 - Math.clz32(rest & -rest);
  }
  return ids;
}

/** Writes a mask as a bitmap of `maskWords(size)` words at `offset`. */
export function writeMask(mask: Mask, size: number, bitmask: Uint32Array, offset: number): void {
  const end = offset + maskWords(size);
  if (mask.kind === "dense") bitmask.set(mask.words, offset);
  else if (mask.kind === "all") {
    bitmask.fill(0xffffffff, offset, end);
    if ((size & 31) !== 0) bitmask[end - 1] = 2 ** (size & 31) - 1;
  } else {
    bitmask.fill(0, offset, end);
    for (const id of mask.ids) bitmask[offset + (id >> 5)]! |= 1 << (id & 31);
  }
}

/** The ids of the allowed tokens, ascending. */
export function* maskIds(mask: Mask): Generator<number> {
  if (mask.kind === "sparse") yield* mask.ids;
  else if (mask.kind === "all") for (let id = 0; id < mask.count; id++) yield id;
  else yield* idsOf(mask.words, mask.count);
}

/** Is token `id` in the mask? */
export function maskAllows(mask: Mask, id: number): boolean {
  if (mask.kind === "all") return true;
  if (mask.kind === "dense") return ((mask.words[id >> 5]! >>> (id & 31)) & 1) === 1;
  let low = 0;
  let high = mask.ids.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (mask.ids[middle]! === id) return true;
    if (mask.ids[middle]! < id) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
