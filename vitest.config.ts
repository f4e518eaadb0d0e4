import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A package of its own: cd test/engines && npm ci && npm test.
    exclude: ["test/engines/**", "**/node_modules/**"],
    // Processes, not worker threads: the GPU tests load a native addon and set an environment variable that a Vulkan
    // loader reads, and a thread's process.env is a copy.
    pool: "forks",
    setupFiles: ["test/forked-processes.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
