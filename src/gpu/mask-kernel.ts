// Applies masks on a device that the caller owns. Everything that can be wrong about a call is checked before a command
// is encoded, so a command encoder is never left half-written.
import { ConstraintError } from "../base/errors.ts";
import { applyMaskParameterCount, applyMaskSource, applyMaskWorkgroupSize } from "./kernels/apply-mask.wgsl.ts";
import { type MaskLayout, type ResolvedMaskLayout, resolveMaskLayout } from "./mask-layout.ts";

/** f16 logits need no shader-f16: their bits are written as halves of u32 words. */
export type LogitsFormat = "f32" | "f16";

/** What one call works on. Both buffers need STORAGE usage and must be two different buffers. */
export interface MaskCall extends MaskLayout {
  readonly logits: GPUBuffer;
  readonly format: LogitsFormat;
  readonly masks: GPUBuffer;
}

type EntryPoint = "apply_mask_f32" | "apply_mask_f16" | "apply_mask_f16_any";

// WebGPU's numbers for the usages and the stage: the objects that name them are globals in a browser, but not in Node.
const copyDestinationUsage = 0x0008;
const uniformUsage = 0x0040;
const storageUsage = 0x0080;
const computeStage = 0x4;

const parameterBytes = applyMaskParameterCount * 4;
const parameterSets = 256;

/**
 * One uniform buffer of parameter sets that are written once and never changed, because the caller may submit an encoder
 * long after others were encoded; and the bind groups that stand on it. A full page is dropped, not rewritten.
 */
interface ParameterPage {
  readonly buffer: GPUBuffer;
  readonly sets: Map<string, number>;
  readonly groups: WeakMap<GPUBuffer, WeakMap<GPUBuffer, GPUBindGroup>>;
}

/** The part of a buffer that a dispatch sees. */
interface Window {
  readonly offset: number;
  readonly size: number;
}

/**
 * The mask kernel compiled for one device. It keeps bind groups for the buffers that it was called with, weakly, and one
 * uniform buffer; the masks go up with `device.queue.writeBuffer`.
 */
export class MaskKernel {
  readonly #device: GPUDevice;
  readonly #bindGroupLayout: GPUBindGroupLayout;
  readonly #pipelines: ReadonlyMap<EntryPoint, GPUComputePipeline>;
  readonly #parameterStride: number;
  #page: ParameterPage | undefined;
  #disposed = false;

  private constructor(
    device: GPUDevice,
    bindGroupLayout: GPUBindGroupLayout,
    pipelines: ReadonlyMap<EntryPoint, GPUComputePipeline>,
  ) {
    this.#device = device;
    this.#bindGroupLayout = bindGroupLayout;
    this.#pipelines = pipelines;
    const alignment = device.limits.minUniformBufferOffsetAlignment;
    this.#parameterStride = Math.ceil(parameterBytes / alignment) * alignment;
  }

  /**
   * Compiles the kernels for both formats. The device stays the caller's: it is neither destroyed nor watched here.
   * Rejects with the device's GPUPipelineError where the shader doesn't compile.
   */
  static async create(device: GPUDevice): Promise<MaskKernel> {
    const bindGroupLayout = device.createBindGroupLayout({
      label: "grammask apply-mask",
      entries: [
        { binding: 0, visibility: computeStage, buffer: { type: "storage" } },
        { binding: 1, visibility: computeStage, buffer: { type: "read-only-storage" } },
        {
          binding: 2,
          visibility: computeStage,
          buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: parameterBytes },
        },
      ],
    });
    const layout = device.createPipelineLayout({ bindGroupLayouts: [bindGroupLayout] });
    const module = device.createShaderModule({ label: "grammask apply-mask", code: applyMaskSource });
    const entryPoints: readonly EntryPoint[] = ["apply_mask_f32", "apply_mask_f16", "apply_mask_f16_any"];
    const pipelines = await Promise.all(
      entryPoints.map(async (entryPoint) => {
        const label = `grammask ${entryPoint}`;
        const compute = { module, entryPoint };
        return [entryPoint, await device.createComputePipelineAsync({ label, layout, compute })] as const;
      }),
    );
    return new MaskKernel(device, bindGroupLayout, new Map(pipelines));
  }

  /**
   * Encodes the masking of a batch of logits, in place: into a pass of its own, or into the given one, whose pipeline and
   * bind group 0 it changes. Nothing is submitted. Allowed logits keep their bits. Throws ConstraintError "usage", with
   * nothing encoded, where the layout doesn't fit the buffers, where the device's limits can't hold a single row, or
   * after `dispose`. Cost: one dispatch, unless the rows exceed `maxComputeWorkgroupsPerDimension` or span more than
   * `maxStorageBufferBindingSize`; a shape and a pair of buffers that were seen before allocate nothing on the device.
   */
  apply(target: GPUCommandEncoder | GPUComputePassEncoder, call: MaskCall): void {
    if (this.#disposed) throw usage("the mask kernel was disposed");
    const { logits, masks, format } = call;
    if (format !== "f32" && format !== "f16") throw usage(`format is ${String(format)}; it must be "f32" or "f16"`);
    checkBuffer("logits", logits);
    checkBuffer("masks", masks);
    if (logits === masks) throw usage("logits and masks are one buffer: WebGPU can't read and write it in one pass");

    const elementBytes = format === "f32" ? 4 : 2;
    // The kernel sees whole u32 words, so bytes after the last one don't count.
    const shape = resolveMaskLayout(call, wholeWords(logits.size) / elementBytes, wholeWords(masks.size) / 4);
    if (shape.rows === 0) return;
    const rowsPerDispatch = this.#rowsPerDispatch(shape, elementBytes, logits, masks);
    const entryPoint = chooseEntryPoint(format, shape);
    const workgroups = this.#workgroupsPerRow(shape, entryPoint);

    const pass = "beginComputePass" in target ? target.beginComputePass({ label: "grammask apply-mask" }) : target;
    pass.setPipeline(this.#pipelines.get(entryPoint)!);
    for (let row = 0; row < shape.rows; row += rowsPerDispatch) {
      const rows = Math.min(rowsPerDispatch, shape.rows - row);
      this.#bind(pass, call, shape, row, rows);
      pass.dispatchWorkgroups(workgroups, rows);
    }
    if (pass !== target) pass.end();
  }

  /** Frees the kernel's uniform buffer. Call it when what was encoded has been submitted. The device stays as it is. */
  dispose(): void {
    this.#disposed = true;
    this.#page?.buffer.destroy();
    this.#page = undefined;
  }

  /** Binds the buffers and the parameters for some of the rows. */
  #bind(pass: GPUComputePassEncoder, call: MaskCall, shape: ResolvedMaskLayout, row: number, rows: number): void {
    const { logits, masks, format } = call;
    const elementBytes = format === "f32" ? 4 : 2;
    const words = Math.ceil(shape.vocabularySize / 32);
    const firstLogit = shape.logitsOffset + row * shape.logitsStride;
    const firstWord = shape.maskOffset + row * shape.maskStride;
    const logitsEnd = firstLogit + (rows - 1) * shape.logitsStride + shape.width;
    const logitsWindow = this.#window(logits, firstLogit * elementBytes, logitsEnd * elementBytes);
    const maskWindow = this.#window(masks, firstWord * 4, (firstWord + (rows - 1) * shape.maskStride + words) * 4);
    const parameters = [
      rows,
      shape.vocabularySize,
      shape.width,
      firstLogit - logitsWindow.offset / elementBytes,
      shape.logitsStride,
      firstWord - maskWindow.offset / 4,
      shape.maskStride,
      disallowedBits(format, shape.lowest),
    ];
    const key = parameters.join();
    const page = this.#pageWith(key, parameters);
    const group = this.#bindGroup(page, logits, logitsWindow, masks, maskWindow);
    pass.setBindGroup(0, group, [page.sets.get(key)! * this.#parameterStride]);
  }

  /** A page that holds these parameters under `key`. */
  #pageWith(key: string, parameters: readonly number[]): ParameterPage {
    let page = this.#page;
    if (page?.sets.has(key)) return page;
    if (page === undefined || page.sets.size === parameterSets) {
      // The full page isn't destroyed: an encoder that isn't submitted yet may stand on it.
      page = {
        buffer: this.#device.createBuffer({
          label: "grammask apply-mask parameters",
          size: parameterSets * this.#parameterStride,
          usage: uniformUsage | copyDestinationUsage,
        }),
        sets: new Map(),
        groups: new WeakMap(),
      };
      this.#page = page;
    }
    const index = page.sets.size;
    this.#device.queue.writeBuffer(page.buffer, index * this.#parameterStride, new Uint32Array(parameters));
    page.sets.set(key, index);
    return page;
  }

  #bindGroup(page: ParameterPage, logits: GPUBuffer, logitsWindow: Window, masks: GPUBuffer, maskWindow: Window) {
    const create = () =>
      this.#device.createBindGroup({
        layout: this.#bindGroupLayout,
        entries: [
          { binding: 0, resource: { buffer: logits, ...logitsWindow } },
          { binding: 1, resource: { buffer: masks, ...maskWindow } },
          { binding: 2, resource: { buffer: page.buffer, size: parameterBytes } },
        ],
      });
    if (!(this.#fitsBinding(logits) && this.#fitsBinding(masks))) return create();
    let groups = page.groups.get(logits);
    if (groups === undefined) {
      groups = new WeakMap();
      page.groups.set(logits, groups);
    }
    let group = groups.get(masks);
    if (group === undefined) {
      group = create();
      groups.set(masks, group);
    }
    return group;
  }

  #fitsBinding(buffer: GPUBuffer): boolean {
    return buffer.size <= this.#device.limits.maxStorageBufferBindingSize;
  }

  /** The whole buffer where it can be bound (then its bind group serves every call), else the bytes that are needed. */
  #window(buffer: GPUBuffer, begin: number, end: number): Window {
    if (this.#fitsBinding(buffer)) return { offset: 0, size: wholeWords(buffer.size) };
    const alignment = this.#device.limits.minStorageBufferOffsetAlignment;
    const offset = Math.floor(begin / alignment) * alignment;
    return { offset, size: Math.ceil(end / 4) * 4 - offset };
  }

  #workgroupsPerRow(shape: ResolvedMaskLayout, entryPoint: EntryPoint): number {
    const limit = this.#device.limits.maxComputeWorkgroupsPerDimension;
    const invocations = Math.ceil((shape.width + (entryPoint === "apply_mask_f16_any" ? 1 : 0)) / 32);
    const workgroups = Math.ceil(invocations / applyMaskWorkgroupSize);
    if (workgroups > limit) {
      throw usage(`a row of ${shape.width} logits needs ${workgroups} workgroups; the device can dispatch ${limit}`);
    }
    return workgroups;
  }

  #rowsPerDispatch(shape: ResolvedMaskLayout, elementBytes: number, logits: GPUBuffer, masks: GPUBuffer): number {
    const { maxStorageBufferBindingSize: limit, minStorageBufferOffsetAlignment: alignment } = this.#device.limits;
    // An aligned begin and a whole last word may cost this much beside the rows.
    const room = limit - alignment - 4;
    const rowsWithin = (name: string, buffer: GPUBuffer, rowBytes: number, strideBytes: number): number => {
      if (this.#fitsBinding(buffer)) return shape.rows;
      if (rowBytes > room) {
        throw usage(`a row of the ${name} has ${rowBytes} bytes; the device can bind ${limit} of a buffer this large`);
      }
      return strideBytes === 0 ? shape.rows : Math.floor((room - rowBytes) / strideBytes) + 1;
    };
    const words = Math.ceil(shape.vocabularySize / 32);
    return Math.min(
      this.#device.limits.maxComputeWorkgroupsPerDimension,
      rowsWithin("logits", logits, shape.width * elementBytes, shape.logitsStride * elementBytes),
      rowsWithin("masks", masks, words * 4, shape.maskStride * 4),
    );
  }
}

function chooseEntryPoint(format: LogitsFormat, shape: ResolvedMaskLayout): EntryPoint {
  if (format === "f32") return "apply_mask_f32";
  const even = shape.logitsOffset % 2 === 0 && (shape.rows === 1 || shape.logitsStride % 2 === 0);
  return even ? "apply_mask_f16" : "apply_mask_f16_any";
}

function disallowedBits(format: LogitsFormat, lowest: boolean): number {
  if (format === "f32") return lowest ? 0xff7fffff : 0xff800000;
  return lowest ? 0xfbfffbff : 0xfc00fc00;
}

function wholeWords(bytes: number): number {
  return bytes - (bytes % 4);
}

function checkBuffer(name: string, buffer: GPUBuffer): void {
  if ((buffer.usage & storageUsage) === 0) throw usage(`the ${name} buffer lacks GPUBufferUsage.STORAGE`);
}

function usage(message: string): ConstraintError {
  return new ConstraintError("usage", message);
}
