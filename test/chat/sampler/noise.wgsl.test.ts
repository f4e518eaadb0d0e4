// A GPU step can draw the same tokens only if it has the same noise and the same masses: to the last bit.
import { expect, test } from "vitest";
import { seededRandom } from "../../../bench/workload/random.ts";
import { exponentialF32, logF32, massOf } from "../../../src/chat/sampler/exact-f32.ts";
import { Philox } from "../../../src/chat/sampler/philox.ts";
import { acquireTestDevice } from "../../gpu-device.ts";
import { noiseSource } from "./noise.wgsl.ts";

const count = 64 * 1024;

// The numbers of GPUBufferUsage and GPUMapMode, which are no globals in Node.
const mapRead = 0x1;
const copySource = 0x4;
const copyDestination = 0x8;
const uniform = 0x40;
const storage = 0x80;

test("WGSL gives the same bits", { timeout: 60_000 }, async (context) => {
  const acquired = await acquireTestDevice();
  if ("reason" in acquired) return context.skip(acquired.reason);
  const { device } = acquired;
  const random = seededRandom(11);
  const inputs = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    inputs[2 * i] = Math.exp((60 * random.below(2 ** 30)) / 2 ** 30 - 30);
    inputs[2 * i + 1] = (-26 * random.below(2 ** 30)) / 2 ** 30;
  }
  const roots = Float32Array.from({ length: 64 }, (_, i) => 2 ** (i / 64));

  const upload = (content: Uint32Array | Float32Array, usage: number) => {
    const buffer = device.createBuffer({ size: content.byteLength, usage: usage | copyDestination });
    device.queue.writeBuffer(buffer, 0, content as Uint32Array<ArrayBuffer>);
    return buffer;
  };
  const result = () => device.createBuffer({ size: 16 * count, usage: storage | copySource });
  const [words, outputs] = [result(), result()];
  const buffers = [
    upload(Uint32Array.of(0, 5, 6, 0), uniform),
    upload(roots, storage),
    upload(inputs, storage),
    words,
    outputs,
  ];
  const module = device.createShaderModule({ code: noiseSource });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(count / 64);
  pass.end();
  const staging = [words, outputs].map((buffer) => {
    const copy = device.createBuffer({ size: buffer.size, usage: mapRead | copyDestination });
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
    return copy;
  });
  device.queue.submit([encoder.finish()]);
  await Promise.all(staging.map((copy) => copy.mapAsync(mapRead)));
  const [gotWords, got] = staging.map((copy) => new Uint32Array(copy.getMappedRange().slice(0)));
  acquired.dispose();

  const philox = new Philox(5, 6);
  const expectedWords = new Uint32Array(4 * count);
  const expected = new Uint32Array(4 * count);
  const floats = new Float32Array(expected.buffer);
  for (let i = 0; i < count; i++) {
    philox.generate(i, 1, 2, 3);
    expectedWords.set(philox.words, 4 * i);
    const mass = massOf(inputs[2 * i + 1]!);
    floats[4 * i] = logF32(inputs[2 * i]!);
    floats[4 * i + 1] = exponentialF32(philox.words[0]! | 1);
    expected[4 * i + 2] = mass % 2 ** 32;
    expected[4 * i + 3] = Math.floor(mass / 2 ** 32);
  }
  const differences = (a: Uint32Array, b: Uint32Array) => a.reduce((sum, word, i) => sum + (word === b[i] ? 0 : 1), 0);
  expect(differences(gotWords!, expectedWords)).toBe(0);
  expect(differences(got!, expected)).toBe(0);
});
