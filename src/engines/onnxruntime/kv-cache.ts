// A decoder's past as its session gave it, with the tokens that it stands for. Tensors are never changed, so forks share them; on a GPU
// they must be freed, so each past counts its users.
import type { OrtTensor } from "./ort-types.ts";

export class KvCache {
  readonly tokens: readonly number[];
  /** By the name of the input that takes them. */
  readonly tensors: ReadonlyMap<string, OrtTensor>;
  #users = 1;

  constructor(tokens: readonly number[], tensors: ReadonlyMap<string, OrtTensor>) {
    this.tokens = tokens;
    this.tensors = tensors;
  }

  share(): KvCache {
    this.#users++;
    return this;
  }

  release(): void {
    if (--this.#users === 0) for (const tensor of this.tensors.values()) tensor.dispose();
  }
}
