// Applies packed masks to a batch of logits in place; the CPU twin is apply-mask.ts. One invocation owns 32 tokens: a
// word that allows everything costs one read and no logit is touched, one that allows nothing is stored without a read.
// Workgroup (x, y) works on row y; a batch with more rows than a dispatch has workgroups is the host's to cut.
//
// Logits are bound as array<u32>, not as floats: bits stay bits (a NaN's payload, −0, subnormals), −Infinity is
// expressible (WGSL has no constant for it), and f16 needs no shader-f16.

/** Invocations of a workgroup; each owns 32 tokens. */
export const applyMaskWorkgroupSize = 64;

/** u32 fields of `Parameters`, in the shader's order. */
export const applyMaskParameterCount = 8;

/**
 * Entry points `apply_mask_f32`; `apply_mask_f16` for rows that all begin at an even element; `apply_mask_f16_any` for
 * others, with ⌈(width + 1) / 32⌉ invocations a row. Group 0: logits, masks, parameters.
 */
export const applyMaskSource = /* wgsl */ `
struct Parameters {
  rows: u32,
  vocabulary_size: u32,
  width: u32,          // elements of a row
  logits_offset: u32,  // elements
  logits_stride: u32,
  mask_offset: u32,    // words
  mask_stride: u32,
  value: u32,          // the bits of a disallowed logit; f16: in both halves
}

@group(0) @binding(0) var<storage, read_write> logits: array<u32>;
@group(0) @binding(1) var<storage, read> masks: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

// Bit i is set where logit 32 * word + i of the row has to be overwritten: it is below width, and its token is
// disallowed or isn't in the vocabulary.
fn denied_bits(row: u32, word: u32, width: u32) -> u32 {
  let first = word << 5u;
  if (first >= width) {
    return 0u;
  }
  var denied = 0xffffffffu;
  if (first < parameters.vocabulary_size) {
    denied = ~masks[parameters.mask_offset + row * parameters.mask_stride + word];
    let tokens = parameters.vocabulary_size - first;
    if (tokens < 32u) {
      denied |= 0xffffffffu << tokens;
    }
  }
  let left = width - first;
  if (left < 32u) {
    denied &= ~(0xffffffffu << left);
  }
  return denied;
}

@compute @workgroup_size(${applyMaskWorkgroupSize})
fn apply_mask_f32(@builtin(global_invocation_id) id: vec3u) {
  var denied = denied_bits(id.y, id.x, parameters.width);
  let at = parameters.logits_offset + id.y * parameters.logits_stride + (id.x << 5u);
  if (denied == 0xffffffffu) {
    for (var i = 0u; i < 32u; i++) {
      logits[at + i] = parameters.value;
    }
    return;
  }
  while (denied != 0u) {
    logits[at + countTrailingZeros(denied)] = parameters.value;
    denied &= denied - 1u;
  }
}

// Overwrites f16 logits: bit 0 of denied_ones is the low half of word at.
fn overwrite_halves(at: u32, denied_ones: u32) {
  var denied = denied_ones;
  if (denied == 0xffffffffu) {
    for (var i = 0u; i < 16u; i++) {
      logits[at + i] = parameters.value;
    }
    return;
  }
  while (denied != 0u) {
    let i = countTrailingZeros(denied) >> 1u;
    let pair = (denied >> (i << 1u)) & 3u;
    if (pair == 3u) {
      logits[at + i] = parameters.value;
    } else {
      let keep = select(0x0000ffffu, 0xffff0000u, pair == 1u);
      logits[at + i] = (logits[at + i] & keep) | (parameters.value & ~keep);
    }
    denied &= ~(3u << (i << 1u));
  }
}

@compute @workgroup_size(${applyMaskWorkgroupSize})
fn apply_mask_f16(@builtin(global_invocation_id) id: vec3u) {
  let start = parameters.logits_offset + id.y * parameters.logits_stride;
  overwrite_halves((start >> 1u) + (id.x << 4u), denied_bits(id.y, id.x, parameters.width));
}

// Two f16 logits share a u32, and each u32 must have one owner, or two read-modify-writes would race. Within a row the
// invocations are cut at even elements of the buffer: in a row that begins at an odd one, invocation k owns tokens
// 32k - 1 to 32k + 30. Where one row's last logit and the next row's first share a u32 (rows without a gap, an odd
// begin), the later row owns both.
@compute @workgroup_size(${applyMaskWorkgroupSize})
fn apply_mask_f16_any(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y;
  let span = id.x;
  let width = parameters.width;
  let start = parameters.logits_offset + row * parameters.logits_stride;
  let odd = start & 1u;
  let has_gaps = parameters.logits_stride != width;
  let gives_last_away = !has_gaps && row + 1u < parameters.rows && ((start + width) & 1u) == 1u;
  let own_width = select(width, width - 1u, gives_last_away);
  var denied = denied_bits(row, span, own_width);
  if (odd == 1u) {
    denied <<= 1u;
    if (span > 0u) {
      denied |= denied_bits(row, span - 1u, own_width) >> 31u;
    } else if (!has_gaps && row > 0u) {
      let last = width - 1u;
      denied |= (denied_bits(row - 1u, last >> 5u, width) >> (last & 31u)) & 1u;
    }
  }
  // start - odd is even: it is the element of bit 0 of span 0.
  overwrite_halves(((start - odd) >> 1u) + (span << 4u), denied);
}
`;
