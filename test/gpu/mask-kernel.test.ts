import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ConstraintError } from "../../src/base/errors.ts";
import { applyMask, type MaskCall, MaskKernel, type MaskLayout } from "../../src/gpu/index.ts";
import { acquireTestDevice, type TestDevice } from "../gpu-device.ts";
import { maskCases } from "./mask-case-arbitrary.ts";
import {
  type Format,
  firstDifference,
  layoutExtent,
  type MaskKind,
  maskKinds,
  randomLogitBits,
  randomMasks,
} from "./mask-cases.ts";
import * as onDevice from "./run-mask-kernel.ts";

// The numbers of GPUBufferUsage, which is no global in Node.
const uniform = 0x40;
const storage = 0x80;

describe("MaskKernel", { timeout: 60_000 }, () => {
  let owner: TestDevice | undefined;
  let reason = "";
  let device: GPUDevice;
  let kernel: MaskKernel;

  beforeAll(async () => {
    const acquired = await acquireTestDevice();
    if ("reason" in acquired) {
      reason = acquired.reason;
      console.warn(`The GPU tests are left out: ${reason}`);
      return;
    }
    owner = acquired;
    device = acquired.device;
    kernel = await MaskKernel.create(device);
  }, 60_000);

  beforeEach((context) => {
    if (owner === undefined) context.skip(reason);
  });

  afterAll(() => {
    kernel?.dispose();
    owner?.dispose();
  });

  const upload = (content: Uint32Array | Uint16Array, usage?: number) => onDevice.upload(device, content, usage);
  const download = (buffer: GPUBuffer) => onDevice.download(device, buffer);
  const validated = <Result>(work: () => Promise<Result>) => onDevice.validated(device, work);

  function differenceFromTwin(
    masker: MaskKernel,
    format: Format,
    kind: MaskKind,
    layout: MaskLayout,
    seed: number,
    tail = 0,
  ): Promise<number> {
    return onDevice.differenceFromTwin(device, masker, { format, kind, layout, seed, tail });
  }

  for (const format of ["f32", "f16"] as const) {
    for (const vocabularySize of [1, 31, 32, 33, 128_256, 151_936]) {
      test(`${format}, vocabulary of ${vocabularySize}: the same bits as the CPU twin`, async () => {
        for (const kind of maskKinds) {
          const layout = { rows: 3, vocabularySize, disallowed: kind === "random" ? "lowest" : "-inf" } as const;
          expect(await differenceFromTwin(kernel, format, kind, layout, vocabularySize)).toBe(-1);
          const odd = { ...layout, logitsWidth: vocabularySize + 1, logitsOffset: 1, logitsStride: vocabularySize + 8 };
          expect(await differenceFromTwin(kernel, format, kind, odd, vocabularySize + 1)).toBe(-1);
        }
      });
    }
  }

  test("the same bits as the CPU twin on random layouts", async () => {
    await fc.assert(
      fc.asyncProperty(maskCases(), async ({ format, kind, seed, tail, layout }) => {
        expect(await differenceFromTwin(kernel, format, kind, layout, seed, tail)).toBe(-1);
      }),
      { numRuns: 150 },
    );
  });

  test("every word of f16 logits has one writer at most, so nothing races", async () => {
    // A race may never show on a given adapter, so the shader is changed to count the writes to each word.
    const counting = await MaskKernel.create(
      withProperties(device, {
        createShaderModule: (descriptor: GPUShaderModuleDescriptor) =>
          device.createShaderModule({ ...descriptor, code: countWrites(descriptor.code) }),
      }),
    );
    for (const vocabularySize of [1, 2, 3, 31, 32, 33, 63, 64, 65, 2047]) {
      for (const logitsOffset of [0, 1]) {
        for (const gap of [0, 1, 2, 3]) {
          const layout = { rows: 7, vocabularySize, logitsOffset, logitsStride: vocabularySize + gap };
          const extent = layoutExtent(layout);
          const logits = upload(new Uint16Array(extent.logits));
          const masks = upload(new Uint32Array(extent.words));
          const counts = await validated(async () => {
            const encoder = device.createCommandEncoder();
            counting.apply(encoder, { logits, format: "f16", masks, ...layout });
            device.queue.submit([encoder.finish()]);
            return new Uint32Array(await download(logits));
          });
          const written = new Uint32Array(counts.length);
          for (let row = 0; row < layout.rows; row++) {
            const start = logitsOffset + row * layout.logitsStride;
            written.fill(1, start >> 1, (start + vocabularySize + 1) >> 1);
          }
          expect([...counts]).toEqual([...written]);
        }
      }
    }
    counting.dispose();
  });

  test("more rows than a dispatch has workgroups", async () => {
    const limit = device.limits.maxComputeWorkgroupsPerDimension;
    const layout = { rows: limit + 5, vocabularySize: 3 };
    expect(await differenceFromTwin(kernel, "f32", "random", layout, 1)).toBe(-1);
    expect(await differenceFromTwin(kernel, "f16", "random", layout, 2)).toBe(-1);
  });

  describe("on a device with small limits", () => {
    // No adapter offers limits below the defaults, so the device's face is replaced, not the device.
    const small = { maxComputeWorkgroupsPerDimension: 2, maxStorageBufferBindingSize: 4096 };
    let cramped: MaskKernel;

    beforeAll(async () => {
      if (owner !== undefined)
        cramped = await MaskKernel.create(withProperties(device, { limits: { ...limitsOf(device), ...small } }));
    });
    afterAll(() => cramped?.dispose());

    test("buffers larger than a binding are bound in parts", async () => {
      await fc.assert(
        fc.asyncProperty(maskCases(), async ({ format, kind, seed, tail, layout }) => {
          const rowBytes = layout.logitsWidth * (format === "f32" ? 4 : 2);
          fc.pre(rowBytes < 4096 - 256 - 4);
          expect(await differenceFromTwin(cramped, format, kind, layout, seed, tail + 3000)).toBe(-1);
        }),
        { numRuns: 80 },
      );
    });

    test("a row that no dispatch can cover is refused", async () => {
      // 2 workgroups of 64 invocations of 32 tokens cover 4,096 tokens.
      const limits = { ...limitsOf(device), maxComputeWorkgroupsPerDimension: 2 };
      const narrow = await MaskKernel.create(withProperties(device, { limits }));
      const base = { logits: upload(new Uint32Array(4097)), masks: upload(new Uint32Array(129)), rows: 1 };
      const apply = (format: Format, vocabularySize: number, logitsOffset = 0) =>
        narrow.apply(device.createCommandEncoder(), { ...base, format, vocabularySize, logitsOffset });
      apply("f32", 4096);
      expect(() => apply("f32", 4097)).toThrow(/needs 3 workgroups; the device can dispatch 2/);
      apply("f16", 4096);
      expect(() => apply("f16", 4096, 1)).toThrow(/needs 3 workgroups/);
      narrow.dispose();
    });

    test("a row that no binding can hold is refused", () => {
      const logits = upload(new Uint32Array(5000));
      const masks = upload(new Uint32Array(200));
      const encoder = device.createCommandEncoder();
      const call = { logits, format: "f32", masks, rows: 1, vocabularySize: 4000 } as const;
      expect(() => cramped.apply(encoder, call)).toThrow(/a row of the logits has 16000 bytes/);
    });
  });

  test("many shapes in one submission keep their own parameters", async () => {
    // More shapes than one uniform buffer holds, all encoded before the first of them runs.
    const rows = 600;
    const vocabularySize = 37;
    const bits = randomLogitBits("f32", rows * vocabularySize, 5) as Uint32Array;
    const words = randomMasks("random", rows * 2, 6);
    const logits = upload(bits);
    const masks = upload(words);
    const result = await validated(async () => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (let row = 0; row < rows; row++) {
        const layout = { rows: 1, vocabularySize, logitsOffset: row * vocabularySize, maskOffset: row * 2 };
        kernel.apply(pass, { logits, format: "f32", masks, ...layout });
      }
      pass.end();
      device.queue.submit([encoder.finish()]);
      return download(logits);
    });
    applyMask(new Float32Array(bits.buffer), words, { rows, vocabularySize });
    expect(firstDifference(new Uint32Array(result), bits)).toBe(-1);
  });

  test("the same buffers again, with a new mask each step", async () => {
    const layout = { rows: 2, vocabularySize: 100 };
    const logits = upload(new Uint32Array(200));
    const masks = upload(new Uint32Array(8));
    for (let step = 0; step < 5; step++) {
      const bits = randomLogitBits("f32", 200, step) as Uint32Array;
      const words = randomMasks("random", 8, step);
      device.queue.writeBuffer(logits, 0, bits as Uint32Array<ArrayBuffer>);
      device.queue.writeBuffer(masks, 0, words as Uint32Array<ArrayBuffer>);
      const result = await validated(async () => {
        const encoder = device.createCommandEncoder();
        kernel.apply(encoder, { logits, format: "f32", masks, ...layout });
        device.queue.submit([encoder.finish()]);
        return download(logits);
      });
      applyMask(new Float32Array(bits.buffer), words, layout);
      expect(firstDifference(new Uint32Array(result), bits)).toBe(-1);
    }
  });

  describe("refuses, with nothing encoded,", () => {
    const cases: readonly [string, (call: MaskCall) => MaskCall, RegExp][] = [
      ["logits too short", (call) => ({ ...call, logitsOffset: 1 }), /logits are too short.*need 67 elements.*are 66/],
      ["f16 logits too short", (call) => ({ ...call, format: "f16", rows: 4, maskStride: 0, logitsOffset: 1 }), /133/],
      ["masks too short", (call) => ({ ...call, maskOffset: 1 }), /masks are too short.*need 5 words, there are 4/],
      ["overlapping rows", (call) => ({ ...call, logitsStride: 1 }), /rows overlap/],
      ["a narrow row", (call) => ({ ...call, logitsWidth: 32 }), /narrower than the vocabulary/],
      ["a format it doesn't know", (call) => ({ ...call, format: "bf16" as never }), /format is bf16/],
      ["one buffer for both", (call) => ({ ...call, masks: call.logits }), /are one buffer/],
      [
        "logits of another usage",
        (call) => ({ ...call, logits: upload(new Uint32Array(66), uniform) }),
        /logits.*STORAGE/,
      ],
      ["masks of another usage", (call) => ({ ...call, masks: upload(new Uint32Array(4), uniform) }), /masks.*STORAGE/],
    ];
    test.each(cases)("%s", async (_, change, message) => {
      const base = { logits: upload(new Uint32Array(66)), masks: upload(new Uint32Array(4)) };
      const call = change({ ...base, format: "f32", rows: 2, vocabularySize: 33 });
      const encoder = device.createCommandEncoder();
      const apply = () => kernel.apply(encoder, call);
      expect(apply).toThrow(message);
      expect(apply).toThrow(expect.objectContaining({ code: "usage" }) as Error);
      expect(apply).toThrow(ConstraintError);
      // No pass was left open: the encoder can still be finished.
      await validated(async () => encoder.finish());
    });

    test("a buffer whose last f16 lies in half a word", () => {
      const logits = device.createBuffer({ size: 6, usage: storage });
      const masks = upload(new Uint32Array(1));
      const call = { logits, format: "f16", masks, rows: 1, vocabularySize: 3 } as const;
      expect(() => kernel.apply(device.createCommandEncoder(), call)).toThrow(/need 3 elements, there are 2/);
    });

    test("a call after dispose", async () => {
      const other = await MaskKernel.create(device);
      other.dispose();
      other.dispose();
      const call = { logits: upload(new Uint32Array(1)), format: "f32", masks: upload(new Uint32Array(1)) } as const;
      const encoder = device.createCommandEncoder();
      expect(() => other.apply(encoder, { ...call, rows: 1, vocabularySize: 1 })).toThrow(/disposed/);
    });
  });
});

/** The limits that the kernel looks at (the object's fields are getters, so it can't be spread). */
function limitsOf(device: GPUDevice) {
  const { minUniformBufferOffsetAlignment, minStorageBufferOffsetAlignment } = device.limits;
  const { maxComputeWorkgroupsPerDimension, maxStorageBufferBindingSize } = device.limits;
  return {
    minUniformBufferOffsetAlignment,
    minStorageBufferOffsetAlignment,
    maxComputeWorkgroupsPerDimension,
    maxStorageBufferBindingSize,
  };
}

/** The same device behind a face with some properties replaced. */
function withProperties(device: GPUDevice, replaced: Readonly<Record<string, unknown>>): GPUDevice {
  return new Proxy(device, {
    get(target, key) {
      if (typeof key === "string" && Object.hasOwn(replaced, key)) return replaced[key];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** The kernel with each assignment to a word of the logits turned into an increment of it. */
function countWrites(code: string): string {
  const counted = code.replaceAll(/logits\[([^\]]+)\] = [^;]+;/g, "atomicAdd(&logits[$1], 1u);");
  const changed = counted.replace("logits: array<u32>", "logits: array<atomic<u32>>");
  expect(counted.split("atomicAdd").length).toBeGreaterThan(2);
  expect(changed).not.toBe(counted);
  return changed;
}
