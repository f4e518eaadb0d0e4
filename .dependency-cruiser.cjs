// The arrows between the rooms of src: see src/README.md.
const rooms = {
  base: [],
  term: ["base"],
  regex: ["base", "term"],
  ebnf: ["base", "term"],
  "json-schema": ["base", "term", "regex"],
  "structural-tag": ["base", "term", "regex", "ebnf", "json-schema"],
  vocabulary: ["base"],
  automaton: ["base", "term", "vocabulary"],
  matcher: ["base", "term", "regex", "ebnf", "json-schema", "structural-tag", "vocabulary", "automaton"],
  gpu: ["base"],
  chat: ["base", "json-schema", "structural-tag", "vocabulary", "automaton", "matcher", "gpu"],
  engines: [
    "base",
    "term",
    "ebnf",
    "vocabulary",
    "automaton",
    "matcher",
    "gpu",
    "chat/(engine|request/(message|request)|tool-calls/written-call)[.]ts",
  ],
  server: ["base", "chat"],
};

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-node-in-the-core",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(cli|server)/" },
      to: { dependencyTypes: ["core"] },
    },
    ...Object.entries(rooms).map(([room, below]) => ({
      name: `${room}-knows-only-what-is-above-it`,
      severity: "error",
      from: { path: `^src/${room}/` },
      to: { path: "^src/", pathNot: `^src/(${[room, ...below].join("|")})(/|$)` },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
  },
};
