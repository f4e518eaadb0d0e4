// In the page: the core and its GPU part, as a page that imports them would have them.
import { MaskKernel } from "../../src/gpu/index.ts";
import { Compiler, type ConstraintSpec, Vocabulary } from "../../src/index.ts";
import { differenceFromTwin, type MaskRun } from "../gpu/run-mask-kernel.ts";

declare const navigator: { readonly gpu: GPU };

export interface Walk {
  /** All masks, one behind the other. */
  readonly masks: Uint32Array;
  readonly text: string;
}

/** Walks through a constraint: of the allowed tokens the one that the step's choice points at; to the end, or as far as choices go. */
export function walk(tokens: readonly (Uint8Array | null)[], spec: ConstraintSpec, choices: readonly number[]): Walk {
  const vocabulary = Vocabulary.fromTokens(tokens, { eosTokenIds: [tokens.length - 1] });
  const matcher = new Compiler(vocabulary).compile(spec).matcher();
  const words = Math.ceil(vocabulary.size / 32);
  const masks = new Uint32Array(words * choices.length);
  const bytes: number[] = [];
  for (let step = 0; step < choices.length && !matcher.isTerminated; step++) {
    const mask = masks.subarray(step * words, (step + 1) * words);
    matcher.fillMask(mask);
    const allowed = tokens.flatMap((_, id) => (((mask[id >> 5]! >>> (id & 31)) & 1) === 1 ? [id] : []));
    const token = allowed[choices[step]! % allowed.length]!;
    matcher.accept(token);
    bytes.push(...(tokens[token] ?? []));
  }
  return { masks, text: new TextDecoder().decode(Uint8Array.from(bytes)) };
}

/** Why code can't be made of text here; undefined where it can. */
export function evalRefusal(): string | undefined {
  try {
    new Function("");
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** For each run −1, or where the GPU's bits are others than the CPU twin's. */
export async function differencesFromTwin(runs: readonly MaskRun[]): Promise<number[]> {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const kernel = await MaskKernel.create(device);
  const differences: number[] = [];
  for (const run of runs) differences.push(await differenceFromTwin(device, kernel, run));
  kernel.dispose();
  device.destroy();
  return differences;
}
