// Masks on onnxruntime's logits, in place: on the CPU, or on the GPU by the mask kernel, where logits never leave it.
import { maskWords } from "../../automaton/mask.ts";
import { ConstraintError } from "../../base/errors.ts";
import { applyMask, MaskKernel } from "../../gpu/index.ts";
import type { Matcher } from "../../matcher/matcher.ts";
import { lastRows } from "./logits-rows.ts";
import type { OrtTensor } from "./ort-types.ts";

// WebGPU's numbers: in Node there are no globals for them.
const copyDestinationUsage = 0x0008;
const storageUsage = 0x0080;

/**
 * Masks the last position of each row of a float32 or float16 tensor on the CPU. One matcher a row, all of one vocabulary.
 * Throws ConstraintError "usage" where shape, type or number don't fit.
 */
export function maskLogits(logits: OrtTensor, matchers: readonly Matcher[]): void {
  const { data } = logits;
  const layout = { ...lastRows(logits), vocabularySize: vocabularySizeOf(matchers) };
  checkRows(layout.rows, matchers);
  // Float16Array is newer than what this is compiled for; its bits are what is written.
  const isHalf = logits.type === "float16" && ArrayBuffer.isView(data) && data.byteLength === 2 * sizeOf(logits.dims);
  const values = isHalf ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
  if (!(values instanceof Float32Array || values instanceof Uint16Array)) {
    throw new ConstraintError("usage", `logits of type ${logits.type}; expected float32 or float16`);
  }
  applyMask(values, fillMasks(matchers), layout);
}

/**
 * The same for tensors that live in a buffer of onnxruntime-web's WebGPU device (`preferredOutputLocation: { logits: "gpu-buffer" }`):
 * `await GpuLogitsMask.create(await ort.env.webgpu.device)`, when a session has been made.
 */
export class GpuLogitsMask {
  readonly #device: GPUDevice;
  readonly #kernel: MaskKernel;
  #masks: GPUBuffer | undefined;

  private constructor(device: GPUDevice, kernel: MaskKernel) {
    this.#device = device;
    this.#kernel = kernel;
  }

  /** The device stays its owner's. */
  static async create(device: GPUDevice): Promise<GpuLogitsMask> {
    return new GpuLogitsMask(device, await MaskKernel.create(device));
  }

  /** Submits the masking to the device's queue: what is submitted later sees masked logits. Throws as `maskLogits`. */
  apply(logits: OrtTensor, matchers: readonly Matcher[]): void {
    if (logits.type !== "float32" && logits.type !== "float16") {
      throw new ConstraintError("usage", `logits of type ${logits.type}; expected float32 or float16`);
    }
    const layout = { ...lastRows(logits), vocabularySize: vocabularySizeOf(matchers) };
    checkRows(layout.rows, matchers);
    const words = fillMasks(matchers);
    const masks = this.#maskBuffer(words.byteLength);
    this.#device.queue.writeBuffer(masks, 0, words);
    const encoder = this.#device.createCommandEncoder();
    const format = logits.type === "float32" ? "f32" : "f16";
    this.#kernel.apply(encoder, { ...layout, logits: logits.gpuBuffer as GPUBuffer, format, masks });
    this.#device.queue.submit([encoder.finish()]);
  }

  dispose(): void {
    this.#kernel.dispose();
    this.#masks?.destroy();
  }

  #maskBuffer(bytes: number): GPUBuffer {
    if (this.#masks === undefined || this.#masks.size < bytes) {
      this.#masks?.destroy();
      this.#masks = this.#device.createBuffer({ size: bytes, usage: storageUsage | copyDestinationUsage });
    }
    return this.#masks;
  }
}

function vocabularySizeOf(matchers: readonly Matcher[]): number {
  return matchers[0]?.vocabulary.size ?? 1;
}

function checkRows(rows: number, matchers: readonly Matcher[]): void {
  if (rows !== matchers.length) throw new ConstraintError("usage", `${matchers.length} matchers for ${rows} rows`);
}

function fillMasks(matchers: readonly Matcher[]): Uint32Array<ArrayBuffer> {
  const words = maskWords(vocabularySizeOf(matchers));
  const masks = new Uint32Array(words * matchers.length);
  for (const [i, matcher] of matchers.entries()) matcher.fillMask(masks, i * words);
  return masks;
}

function sizeOf(dims: readonly number[]): number {
  return dims.reduce((size, dim) => size * dim, 1);
}
