import { expect, test } from "vitest";
import { Philox } from "../../../src/chat/sampler/philox.ts";

// Random123's kat_vectors, the lines of philox4x32 with 10 rounds: counter, key, answer.
test.each([
  "00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
  "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd",
  "243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1",
])("known answer %s", (line) => {
  const words = line.split(" ").map((word) => Number.parseInt(word, 16));
  const philox = new Philox(words[4]!, words[5]!);
  philox.generate(words[0]!, words[1]!, words[2]!, words[3]!);
  expect([...philox.words].map((word) => word >>> 0)).toEqual(words.slice(6));
});
