import { defineConfig } from "vitest/config";

// Native addons: processes, one after the other.
export default defineConfig({
  test: { pool: "forks", fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 },
});
