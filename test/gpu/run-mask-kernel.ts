// One run of the mask kernel on a device, in Node or in a page, held against the CPU twin.
import { applyMask, type MaskKernel, type MaskLayout } from "../../src/gpu/index.ts";
import type { MaskCase } from "./mask-case-arbitrary.ts";
import { firstDifference, layoutExtent, randomLogitBits, randomMasks } from "./mask-cases.ts";

// The numbers of GPUBufferUsage, which is no global in Node.
const copySource = 0x4;
const copyDestination = 0x8;
const mapRead = 0x1;
const storage = 0x80;

/** A case whose layout may leave defaults out. */
export type MaskRun = Omit<MaskCase, "layout"> & { readonly layout: MaskLayout };

/** Masks random logits on the GPU and with the CPU twin; −1, or where the two differ. Rejects where the device finds anything invalid about it. */
export async function differenceFromTwin(device: GPUDevice, kernel: MaskKernel, run: MaskRun): Promise<number> {
  const { format, kind, layout, seed, tail } = run;
  const extent = layoutExtent(layout);
  const bits = randomLogitBits(format, extent.logits + tail, seed);
  const words = randomMasks(kind, extent.words + tail, seed + 1);
  const logits = upload(device, bits);
  const masks = upload(device, words);
  const result = await validated(device, async () => {
    const encoder = device.createCommandEncoder();
    kernel.apply(encoder, { logits, format, masks, ...layout });
    device.queue.submit([encoder.finish()]);
    return download(device, logits);
  });
  logits.destroy();
  masks.destroy();
  applyMask(bits instanceof Uint16Array ? bits : new Float32Array(bits.buffer), words, layout);
  const found = format === "f32" ? new Uint32Array(result) : new Uint16Array(result).subarray(0, bits.length);
  return firstDifference(found, bits);
}

export function upload(device: GPUDevice, content: Uint32Array | Uint16Array, usage = storage): GPUBuffer {
  const size = Math.max(4, Math.ceil(content.byteLength / 4) * 4);
  const buffer = device.createBuffer({ size, usage: usage | copySource | copyDestination });
  const bytes = new Uint8Array(size);
  bytes.set(new Uint8Array(content.buffer, content.byteOffset, content.byteLength));
  device.queue.writeBuffer(buffer, 0, bytes);
  return buffer;
}

export async function download(device: GPUDevice, buffer: GPUBuffer): Promise<ArrayBuffer> {
  const staging = device.createBuffer({ size: buffer.size, usage: mapRead | copyDestination });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(1);
  const bytes = staging.getMappedRange().slice(0);
  staging.destroy();
  return bytes;
}

/** Runs `work` and rejects if the device found anything invalid about it. */
export async function validated<Result>(device: GPUDevice, work: () => Promise<Result>): Promise<Result> {
  device.pushErrorScope("validation");
  const result = await work();
  const error = await device.popErrorScope();
  if (error !== null) throw new Error(error.message);
  return result;
}
