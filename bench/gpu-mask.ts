// What applying a batch of masks costs on this machine's WebGPU adapter, beside a vec4 copy of the same logits in the
// same run: times differ between adapters by orders of magnitude, the ratio says what the kernel does with the memory.
// Method: many dispatches in one submission, time until the queue is idle, copy and mask sampled in turn, the least of
// each taken; on a software adapter the process's CPU time instead, which other load disturbs less. Bias: masks are synthetic (no tokenizer), and logits stay in cache from one dispatch to the next where
// it is large enough. Each row also checks the kernel's bits against the CPU twin's. Run: npx tsx bench/gpu-mask.ts
import { applyMask, type LogitsFormat, MaskKernel } from "../src/gpu/index.ts";
import { firstDifference, type MaskKind, randomLogitBits, randomMasks } from "../test/gpu/mask-cases.ts";
import { acquireTestDevice } from "../test/gpu-device.ts";

const vocabularySize = 128_256;
const maskWords = Math.ceil(vocabularySize / 32);
const samples = 9;
const sampleMilliseconds = 25;

// The numbers of GPUBufferUsage and GPUMapMode, which are no globals in Node.
const mapRead = 0x1;
const copySource = 0x4;
const copyDestination = 0x8;
const storage = 0x80;

const copySourceCode = /* wgsl */ `
@group(0) @binding(0) var<storage, read> source: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> target_: array<vec4u>;
@compute @workgroup_size(64)
fn copy(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let at = id.y * groups.x * 64u + id.x;
  if (at < arrayLength(&source)) {
    target_[at] = source[at];
  }
}
`;

const acquired = await acquireTestDevice();
if ("reason" in acquired) {
  console.log(`No measurement: ${acquired.reason}`);
  process.exit(1);
}
const { device, adapterInfo } = acquired;
const software = adapterInfo.architecture === "swiftshader";
console.log(`${adapterInfo.description} (${adapterInfo.architecture}; driver: ${adapterInfo.driver})`);
console.log(
  `V = ${vocabularySize}; µs a batch (${software ? "CPU time" : "wall time"}), and times a vec4 copy of the same logits\n`,
);
console.log("format rows mask          copy µs  mask µs  ratio   CPU twin µs");

const kernel = await MaskKernel.create(device);
const copyPipeline = await device.createComputePipelineAsync({
  layout: "auto",
  compute: { module: device.createShaderModule({ code: copySourceCode }), entryPoint: "copy" },
});
for (const format of ["f32", "f16"] as const) {
  for (const rows of [1, 8]) {
    for (const kind of ["all", "none", "random", "almost-all", "almost-none"] as const)
      await measure(format, rows, kind);
  }
}
kernel.dispose();
acquired.dispose();

async function measure(format: LogitsFormat, rows: number, kind: MaskKind): Promise<void> {
  const layout = { rows, vocabularySize };
  const bits = randomLogitBits(format, rows * vocabularySize, 1);
  const words = randomMasks(kind, rows * maskWords, 2);
  const usage = storage | copySource | copyDestination;
  const logits = device.createBuffer({ size: bits.byteLength, usage });
  const copied = device.createBuffer({ size: bits.byteLength, usage });
  const masks = device.createBuffer({ size: words.byteLength, usage });
  device.queue.writeBuffer(logits, 0, bits as Uint32Array<ArrayBuffer>);
  device.queue.writeBuffer(masks, 0, words as Uint32Array<ArrayBuffer>);

  const copyGroup = device.createBindGroup({
    layout: copyPipeline.getBindGroupLayout(0),
    entries: [
      { binding: 0, resource: { buffer: logits } },
      { binding: 1, resource: { buffer: copied } },
    ],
  });
  const copy = (pass: GPUComputePassEncoder) => {
    pass.setPipeline(copyPipeline);
    pass.setBindGroup(0, copyGroup);
    pass.dispatchWorkgroups(Math.ceil(bits.byteLength / 16 / 64 / rows), rows);
  };
  const mask = (pass: GPUComputePassEncoder) => kernel.apply(pass, { logits, format, masks, ...layout });

  const copyCount = await calibrate(copy);
  const maskCount = await calibrate(mask);
  let copyTime = Number.POSITIVE_INFINITY;
  let maskTime = Number.POSITIVE_INFINITY;
  for (let i = 0; i < samples; i++) {
    copyTime = Math.min(copyTime, (await run(copy, copyCount)) / copyCount);
    maskTime = Math.min(maskTime, (await run(mask, maskCount)) / maskCount);
  }

  const typed = bits instanceof Uint16Array ? bits : new Float32Array(bits.buffer);
  applyMask(typed, words, layout);
  const difference = firstDifference(await read(logits, format), bits);
  if (difference >= 0)
    throw new Error(`${format}, ${rows} rows, ${kind}: the kernel and its twin differ at ${difference}`);

  let twinTime = Number.POSITIVE_INFINITY;
  for (let i = 0; i < samples * 20; i++) {
    const begin = performance.now();
    applyMask(typed, words, layout);
    twinTime = Math.min(twinTime, performance.now() - begin);
  }
  console.log(
    `${format}    ${rows}    ${kind.padEnd(12)} ${us(copyTime)} ${us(maskTime)} ${(maskTime / copyTime).toFixed(2).padStart(6)} ${us(twinTime).padStart(13)}`,
  );
  for (const buffer of [logits, copied, masks]) buffer.destroy();
}

/** How many dispatches fill a sample. */
async function calibrate(encode: (pass: GPUComputePassEncoder) => void): Promise<number> {
  await run(encode, 4);
  let count = 4;
  for (;;) {
    const time = await run(encode, count);
    if (time > sampleMilliseconds || count >= 2000) return count;
    count *= 2;
  }
}

async function run(encode: (pass: GPUComputePassEncoder) => void, count: number): Promise<number> {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (let i = 0; i < count; i++) encode(pass);
  pass.end();
  const commands = encoder.finish();
  const begin = now();
  device.queue.submit([commands]);
  await device.queue.onSubmittedWorkDone();
  return now() - begin;
}

async function read(buffer: GPUBuffer, format: LogitsFormat): Promise<Uint32Array | Uint16Array> {
  const staging = device.createBuffer({ size: buffer.size, usage: mapRead | copyDestination });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(mapRead);
  const bytes = staging.getMappedRange().slice(0);
  staging.destroy();
  return format === "f32" ? new Uint32Array(bytes) : new Uint16Array(bytes);
}

/** Milliseconds. */
function now(): number {
  if (!software) return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function us(milliseconds: number): string {
  return (milliseconds * 1000).toFixed(1).padStart(8);
}
