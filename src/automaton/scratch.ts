// Scratch for closing sets of items: it is emptied and filled again for every byte, and never given away.
import { grow } from "../base/interner.ts";

/** A growing list of pairs of integers. */
export class Pairs {
  length = 0;
  data: Int32Array = new Int32Array(16);

  first(index: number): number {
    return this.data[2 * index]!;
  }

  second(index: number): number {
    return this.data[2 * index + 1]!;
  }

  add(first: number, second: number): void {
    const at = 2 * this.length++;
    if (at + 3 >= this.data.length) this.data = grow(this.data, at + 4);
    this.data[at] = first;
    this.data[at + 1] = second;
  }

  set(index: number, first: number, second: number): void {
    this.data[2 * index] = first;
    this.data[2 * index + 1] = second;
  }

  clear(): void {
    this.length = 0;
  }

  /** The pairs with one number before them all; destroys the list's order of places until `clear`. */
  withFront(front: number): Int32Array {
    this.data.copyWithin(1, 0, 2 * this.length);
    this.data[0] = front;
    return this.data;
  }

  /** By the first number, then by the second. */
  sort(): void {
    const { data, length } = this;
    if (length > 24) {
      const keys = new Float64Array(length);
      for (let i = 0; i < length; i++) keys[i] = data[2 * i]! * 0x80000000 + data[2 * i + 1]!;
      keys.sort();
      for (let i = 0; i < length; i++) {
        const first = Math.floor(keys[i]! / 0x80000000);
        data[2 * i] = first;
        data[2 * i + 1] = keys[i]! - first * 0x80000000;
      }
      return;
    }
    for (let i = 1; i < length; i++) {
      const first = data[2 * i]!;
      const second = data[2 * i + 1]!;
      let at = i - 1;
      while (at >= 0 && (data[2 * at]! > first || (data[2 * at] === first && data[2 * at + 1]! > second))) {
        data[2 * at + 2] = data[2 * at]!;
        data[2 * at + 3] = data[2 * at + 1]!;
        at--;
      }
      data[2 * at + 2] = first;
      data[2 * at + 3] = second;
    }
  }

  /** Of a sorted list. */
  dropRepeats(): void {
    const { data } = this;
    let to = 0;
    for (let i = 0; i < this.length; i++) {
      if (to > 0 && data[2 * i] === data[2 * to - 2] && data[2 * i + 1] === data[2 * to - 1]) continue;
      data[2 * to] = data[2 * i]!;
      data[2 * to + 1] = data[2 * i + 1]!;
      to++;
    }
    this.length = to;
  }
}

/** A set of small integers that is emptied in no time. */
export class Stamps {
  private stamps: Int32Array = new Int32Array(256);
  private stamp = 0;

  next(size: number): void {
    this.stamp++;
    if (size > this.stamps.length) this.stamps = grow(this.stamps, size);
  }

  /** Adds; false if it was in. */
  mark(value: number): boolean {
    if (this.stamps[value] === this.stamp) return false;
    this.stamps[value] = this.stamp;
    return true;
  }
}
