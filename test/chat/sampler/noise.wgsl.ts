// The sampler's arithmetic (philox.ts, exact-f32.ts) in WGSL, to see that a device can reproduce its bits. `keep` holds a rounded value back from
// being fused or reordered: no compiler knows that `settings.zero` is 0.
export const noiseSource = /* wgsl */ `
struct Settings { zero: u32, key0: u32, key1: u32 }

@group(0) @binding(0) var<uniform> settings: Settings;
@group(0) @binding(1) var<storage, read> roots: array<f32>;
@group(0) @binding(2) var<storage, read> inputs: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> words: array<vec4u>;
@group(0) @binding(4) var<storage, read_write> outputs: array<vec4u>;

fn keep(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ settings.zero);
}

fn multiplyHigh(a: u32, b: u32) -> u32 {
  let middle = (a >> 16u) * (b & 0xffffu) + (((a & 0xffffu) * (b & 0xffffu)) >> 16u);
  let carry = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (carry >> 16u);
}

fn philox(counter: vec4u) -> vec4u {
  var c = counter;
  var key = vec2u(settings.key0, settings.key1);
  for (var round = 0u; round < 10u; round++) {
    let high0 = multiplyHigh(c.x, 0xd2511f53u);
    let high1 = multiplyHigh(c.z, 0xcd9e8d57u);
    c = vec4u(high1 ^ c.y ^ key.x, c.z * 0xcd9e8d57u, high0 ^ c.w ^ key.y, c.x * 0xd2511f53u);
    key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

fn logTail(x: f32, square: f32) -> f32 {
  var sum = keep(keep(7.0376836292e-2 * x) - 1.151461031e-1);
  sum = keep(keep(sum * x) + 1.167699874e-1);
  sum = keep(keep(sum * x) - 1.2420140846e-1);
  sum = keep(keep(sum * x) + 1.4249322787e-1);
  sum = keep(keep(sum * x) - 1.6668057665e-1);
  sum = keep(keep(sum * x) + 2.0000714765e-1);
  sum = keep(keep(sum * x) - 2.4999993993e-1);
  sum = keep(keep(sum * x) + 3.3333331174e-1);
  return keep(keep(sum * x) * square);
}

fn logF32(x: f32) -> f32 {
  let pattern = bitcast<i32>(x);
  let exponent = (pattern - 0x3f3504f3) >> 23u;
  let fraction = keep(bitcast<f32>(pattern - (exponent << 23u)) - 1.0);
  let square = keep(fraction * fraction);
  let lower = keep(f32(exponent) * -2.1219444e-4);
  let tail = keep(keep(logTail(fraction, square) + lower) - keep(0.5 * square));
  return keep(keep(fraction + tail) + keep(f32(exponent) * 0.693359375));
}

fn unitF32(r: u32) -> f32 {
  let zeros = countLeadingZeros(r);
  return keep(f32((r << zeros) >> 8u) * bitcast<f32>((103u - zeros) << 23u));
}

fn exponentialF32(r: u32) -> f32 {
  if (r >= 0x4afb0cccu) { return -logF32(unitF32(0u - r)); }
  let fraction = -unitF32(r);
  let square = keep(fraction * fraction);
  return -keep(fraction + keep(logTail(fraction, square) - keep(0.5 * square)));
}

/** The lower and the upper 32 bits. */
fn massOf(z: f32) -> vec2u {
  if (!(z > -24.9)) { return vec2u(0u); }
  let n = i32(floor(keep(keep(z * 92.33248261893072) + 0.5)));
  let x = keep(keep(z - keep(f32(n) * 0.010833740234375)) - keep(f32(n) * -3.315538125e-6));
  let power = keep(roots[n & 63] * keep(1.0 + keep(x * keep(1.0 + keep(0.5 * x)))));
  let pattern = bitcast<u32>(power);
  let mantissa = (pattern & 0x7fffffu) | 0x800000u;
  let shift = i32(pattern >> 23u) - 127 + (n >> 6u) + 12;
  if (shift < -25) { return vec2u(0u); }
  if (shift < 0) { return vec2u((mantissa + (1u << u32(-shift - 1))) >> u32(-shift), 0u); }
  return vec2u(mantissa << u32(shift), select(0u, mantissa >> u32(32 - shift), shift > 0));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let word = philox(vec4u(id.x, 1u, 2u, 3u));
  words[id.x] = word;
  let mass = massOf(inputs[id.x].y);
  outputs[id.x] = vec4u(
    bitcast<u32>(logF32(inputs[id.x].x)), bitcast<u32>(exponentialF32(word.x | 1u)), mass.x, mass.y);
}
`;
