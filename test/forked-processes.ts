// A process that tested code forks takes over how this one was started, and has no other way to read TypeScript: Vitest does that here by itself.
process.execArgv.push("--import", "tsx");
