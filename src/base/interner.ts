// Interning of short integer sequences: equal content, equal id. States, stack tails and sets of NFA states are all
// made canonical by this. Open addressing over one flat arena; ids count from 0 and never change.

export class Interner {
  /** Number of distinct sequences. */
  size = 0;
  // Small at first: a schema's objects and arrays have several each.
  private arena: Int32Array = new Int32Array(64);
  private arenaLength = 0;
  private starts: Int32Array = new Int32Array(16);
  private hashes: Int32Array = new Int32Array(16);
  private table: Int32Array = new Int32Array(32).fill(-1);

  /** The id of `items[from … to)`; copied when new. Amortised cost: linear in the sequence. */
  intern(items: ArrayLike<number>, from = 0, to = items.length): number {
    const length = to - from;
    let hash = length | 0;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ items[i]!, 0x01000193) + (hash >>> 15);
    hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
    hash ^= hash >>> 15;
    const mask = this.table.length - 1;
    let slot = hash & mask;
    for (; this.table[slot]! >= 0; slot = (slot + 1) & mask) {
      const id = this.table[slot]!;
      if (this.hashes[id] === hash && this.equals(id, items, from, length)) return id;
    }
    return this.insert(slot, hash, items, from, length);
  }

  start(id: number): number {
    return this.starts[id]!;
  }

  end(id: number): number {
    return id + 1 < this.size ? this.starts[id + 1]! : this.arenaLength;
  }

  length(id: number): number {
    return this.end(id) - this.start(id);
  }

  /** Element `index` of the arena: sequence `id` is at `start(id) … end(id)`. The array is replaced as it grows: don't keep it. */
  get items(): Int32Array {
    return this.arena;
  }

  /** Memory held, in bytes. */
  get byteLength(): number {
    return this.arena.byteLength + this.starts.byteLength + this.hashes.byteLength + this.table.byteLength;
  }

  private equals(id: number, items: ArrayLike<number>, from: number, length: number): boolean {
    const start = this.start(id);
    if (this.end(id) - start !== length) return false;
    for (let i = 0; i < length; i++) if (this.arena[start + i] !== items[from + i]) return false;
    return true;
  }

  private insert(slot: number, hash: number, items: ArrayLike<number>, from: number, length: number): number {
    const id = this.size++;
    if (id >= this.starts.length) {
      this.starts = grow(this.starts, id + 1);
      this.hashes = grow(this.hashes, id + 1);
    }
    if (this.arenaLength + length > this.arena.length) this.arena = grow(this.arena, this.arenaLength + length);
    for (let i = 0; i < length; i++) this.arena[this.arenaLength + i] = items[from + i]!;
    this.starts[id] = this.arenaLength;
    this.hashes[id] = hash;
    this.arenaLength += length;
    this.table[slot] = id;
    if (this.size * 2 > this.table.length) this.rehash();
    return id;
  }

  private rehash(): void {
    const mask = this.table.length * 2 - 1;
    this.table = new Int32Array(mask + 1).fill(-1);
    for (let id = 0; id < this.size; id++) {
      let slot = this.hashes[id]! & mask;
      while (this.table[slot]! >= 0) slot = (slot + 1) & mask;
      this.table[slot] = id;
    }
  }
}

/** A copy of `array` with at least `needed` places, at least twice as long; new places are 0. */
export function grow(array: Int32Array, needed: number): Int32Array {
  const bigger = new Int32Array(Math.max(needed, array.length * 2));
  bigger.set(array);
  return bigger;
}
