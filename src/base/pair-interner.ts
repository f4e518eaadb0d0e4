// As interner.ts, for pairs of small integers: equal pairs, equal id, in a third of the memory.
import { grow } from "./interner.ts";

export class PairInterner {
  /** Number of distinct pairs; ids count from 0 and never change. */
  size = 0;
  private lefts: Int32Array = new Int32Array(64);
  private rights: Int32Array = new Int32Array(64);
  private table: Int32Array = new Int32Array(128).fill(-1);

  intern(left: number, right: number): number {
    const mask = this.table.length - 1;
    let slot = hash(left, right) & mask;
    for (; this.table[slot]! >= 0; slot = (slot + 1) & mask) {
      const id = this.table[slot]!;
      if (this.lefts[id] === left && this.rights[id] === right) return id;
    }
    const id = this.size++;
    if (id >= this.lefts.length) {
      this.lefts = grow(this.lefts, id + 1);
      this.rights = grow(this.rights, id + 1);
    }
    this.lefts[id] = left;
    this.rights[id] = right;
    this.table[slot] = id;
    if (this.size * 2 > this.table.length) this.rehash();
    return id;
  }

  left(id: number): number {
    return this.lefts[id]!;
  }

  right(id: number): number {
    return this.rights[id]!;
  }

  private rehash(): void {
    const mask = this.table.length * 2 - 1;
    this.table = new Int32Array(mask + 1).fill(-1);
    for (let id = 0; id < this.size; id++) {
      let slot = hash(this.lefts[id]!, this.rights[id]!) & mask;
      while (this.table[slot]! >= 0) slot = (slot + 1) & mask;
      this.table[slot] = id;
    }
  }
}

function hash(left: number, right: number): number {
  const mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 3;
}
