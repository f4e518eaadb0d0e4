import { expect, test } from "vitest";
import { expRange, quickExp } from "../../../src/chat/sampler/quick-exp.ts";

test("is e^x", () => {
  let worst = 0;
  for (let x = -expRange; x <= 0; x += 0.00037) worst = Math.max(worst, Math.abs(quickExp(x) / Math.exp(x) - 1));
  expect(worst).toBeLessThan(1e-15);
  expect(quickExp(0)).toBe(1);
  expect(quickExp(-expRange)).toBe(Math.exp(-expRange));
});
