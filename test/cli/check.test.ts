// `grammask check` and the command's use: exit codes, the form of its messages, what goes to which stream, and that nothing that a
// user can do shows a stack trace.
import { existsSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { CommandFolder, stackTrace } from "./run-command.ts";

const folder = new CommandFolder();
afterAll(() => folder.remove());

const bom = "\ufeff";

const good: Record<string, string> = {
  "plain.regex": "a+b",
  "line-break.regex": "a+b\n",
  "windows.regex": `${bom}a+b\r\n`,
  "empty.regex": "",
  "unicode.regex": "\\p{Lu}é😀{2}",
  "groups.regex": `${"(".repeat(300)}a${")".repeat(300)}`,
  "plain.gbnf": 'root ::= "a" rest?\nrest ::= [b-z]+ # a comment\n',
  "left-recursive.ebnf": 'root ::= root "+" "1" | "1"',
  "windows.gbnf": `${bom}root ::= "a" b\r\nb ::= "b"\r\n`,
  "plain.schema.json": '{ "type": "object", "properties": { "a": { "type": "integer" } } }',
  "true.schema.json": "true",
  "windows.schema.json": `${bom}{\r\n  "type": "string"\r\n}\r\n`,
};

/** File, content, and the first line about it. */
const bad: [file: string, content: string | Uint8Array, message: RegExp][] = [
  ["group.regex", "a(b", /^group\.regex:1:2: This group isn't closed \(syntax\)$/],
  ["second-line.regex", "a\n[b", /^second-line\.regex:2:1: .*\(syntax\)$/],
  ["backreference.regex", "(a)\\1", /^backreference\.regex:1:4: .*\(unsupported\)$/],
  ["nothing.regex", "(?!)", /^nothing\.regex: .*\(unsatisfiable\)$/],
  ["deep.regex", "(".repeat(100_000), /^deep\.regex:1:401: .*\(limit\)$/],
  ["deep-closed.regex", `${"(".repeat(90_000)}a${")".repeat(90_000)}`, /^deep-closed\.regex:1:401: .*\(limit\)$/],
  ["long.regex", "a".repeat(5_000_000), /^long\.regex: .*\(limit\)$/],
  ["undefined.gbnf", 'root ::= "a" |\n  b', /^undefined\.gbnf:2:3: the rule b isn't defined \(invalid\)$/],
  ["windows-bad.gbnf", `${bom}root ::= "a"\r\nx ::= )\r\n`, /^windows-bad\.gbnf:2:7: .*\(syntax\)$/],
  ["empty.gbnf", "", /^empty\.gbnf:1:1: there is no rule root to start from \(invalid\)$/],
  ["endless.ebnf", 'root ::= "a" root', /^endless\.ebnf: .*\(unsatisfiable\)$/],
  ["deep.gbnf", `root ::= ${"(".repeat(100_000)}`, /^deep\.gbnf:1:\d+: .*\((limit|syntax)\)$/],
  ["escape.gbnf", 'root ::= "\u001b[31m" )', /^escape\.gbnf:1:\d+: .*\(syntax\)$/],
  ["lookahead.gbnf", 'root ::= (= "a") [a-z]', /^lookahead\.gbnf:1:10: .*\(unsupported\)$/],
  [
    "type.schema.json",
    '{"properties": {"a/b": {"type": "int"}}}',
    /^type\.schema\.json#\/properties\/a~1b\/type: .*\(invalid\)$/,
  ],
  ["json.schema.json", '{\n  "type": }', /^json\.schema\.json:2:11: .*\(syntax\)$/],
  ["empty.schema.json", "", /^empty\.schema\.json:1:1: .*\(syntax\)$/],
  ["pattern.schema.json", '{"pattern": "a("}', /^pattern\.schema\.json#\/pattern: .*\(syntax\)$/],
  [
    "reference.schema.json",
    '{"items": {"$ref": "#/nowhere"}}',
    /^reference\.schema\.json#\/items\/\$ref: .*\(invalid\)$/,
  ],
  ["remote.schema.json", '{"$ref": "https://example.org/x"}', /^remote\.schema\.json#\/\$ref: .*\(unsupported\)$/],
  ["false.schema.json", "false", /^false\.schema\.json#: .*\(unsatisfiable\)$/],
  [
    "deep.schema.json",
    `${'{"items":'.repeat(100_000)}{}${"}".repeat(100_000)}`,
    /^deep\.schema\.json:1:\d+: .*\(limit\)$/,
  ],
  ["deep-const.schema.json", `{"const":${"[".repeat(100_000)}`, /^deep-const\.schema\.json:1:\d+: .*\(limit\)$/],
  ["long.schema.json", `{"enum": [${'"0123456789",'.repeat(800_000)}0]}`, /^long\.schema\.json: .*\(limit\)$/],
  ["latin1.regex", Uint8Array.of(0x61, 0x0a, 0x62, 0xc3, 0xa9, 0xe9, 0x62), /^latin1\.regex:2:3: .*UTF-8 \(syntax\)$/],
  ["utf16.gbnf", Uint8Array.of(0xff, 0xfe, 0x72, 0x00), /^utf16\.gbnf:1:1: the file is UTF-16.*\(syntax\)$/],
  ["cut.schema.json", Uint8Array.of(0x22, 0xef, 0xbf), /^cut\.schema\.json:1:2: .*UTF-8 \(syntax\)$/],
];

const wrongUse: [file: string, message: string][] = [
  ["missing.regex", "missing.regex: there is no such file"],
  ["folder", "folder: is a directory; name the files in it"],
  ["folder.regex", "folder.regex: is a directory; name the files in it"],
  [
    "notes.txt",
    "notes.txt: what kind of constraint is it? A file's name must end in .ebnf, .gbnf, .regex or .schema.json",
  ],
  [
    "plain.json",
    "plain.json: what kind of constraint is it? A file's name must end in .ebnf, .gbnf, .regex or .schema.json",
  ],
];

folder.write(good);
for (const [file, content] of bad) folder.write({ [file]: content });
folder.write({ "notes.txt": "a", "plain.json": "{}", "tokens.gbnf": 'root ::= <think> <[1000]> Token(7) "a"' });
folder.makeFolder("folder");
folder.makeFolder("folder.regex");

const okLines = (files: readonly string[]): string => files.map((file) => `${file}: ok\n`).join("");

describe.concurrent("check", () => {
  test("good files of every kind: exit code 0, a line each", async ({ expect }) => {
    const files = Object.keys(good);
    expect(await folder.run(["check", ...files])).toEqual({ exitCode: 0, stdout: okLines(files), stderr: "" });
  });

  test("bad files: exit code 1, all of them with their places, and the good one between them", async ({ expect }) => {
    const files = bad.map(([file]) => file);
    const { exitCode, stdout, stderr } = await folder.run(["check", ...files, "plain.regex"]);
    expect(exitCode).toBe(1);
    expect(stdout).toBe(okLines(["plain.regex"]));
    expect(stderr).not.toMatch(stackTrace);
    expect(stderr).not.toContain("\u001b");
    const lines = stderr.split("\n");
    // What belongs to an error is indented.
    const heads = lines.filter((line) => line !== "" && !line.startsWith("  "));
    expect(heads.pop()).toBe(`${bad.length} of ${bad.length + 1} files failed`);
    expect(heads).toEqual(bad.map(([, , message]) => expect.stringMatching(message)));
    expect(stderr).toContain("group.regex:1:2: This group isn't closed (syntax)\n  a(b\n   ^\n");
    expect(stderr).toContain("  x ::= )\n        ^\n");
    for (const line of lines) expect(line.length).toBeLessThan(250);
  });

  test("files that can't be read: exit code 2, and the others are still looked at", async ({ expect }) => {
    const files = [...wrongUse.map(([file]) => file), "group.regex", "plain.regex"];
    const { exitCode, stdout, stderr } = await folder.run(["check", ...files]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe(okLines(["plain.regex"]));
    expect(stderr.split("\n")).toEqual([
      ...wrongUse.map(([, message]) => message),
      "group.regex:1:2: This group isn't closed (syntax)",
      "  a(b",
      "   ^",
      "6 of 7 files failed",
      "",
    ]);
  });

  test("--strict: every rule that a schema breaks has its line, and files of other kinds are as before", async ({
    expect,
  }) => {
    const { exitCode, stdout, stderr } = await folder.run(["check", "--strict", "plain.schema.json", "plain.regex"]);
    expect(exitCode).toBe(1);
    expect(stdout).toBe(okLines(["plain.regex"]));
    expect(stderr.split("\n")).toEqual([
      "plain.schema.json#: an object must have additionalProperties: false (invalid)",
      expect.stringMatching(/^plain\.schema\.json#\/properties\/a: all properties must be required .*\(invalid\)$/),
      "1 of 2 files failed",
      "",
    ]);
  });

  test("special tokens of a grammar are taken to exist, and the line says so", async ({ expect }) => {
    const { exitCode, stdout } = await folder.run(["check", "tokens.gbnf"]);
    expect(stdout).toBe("tokens.gbnf: ok, for a vocabulary with the special tokens <think> <[1000]> <[7]>\n");
    expect(exitCode).toBe(0);
  });

  test("--lenient: what a schema can't be held to is told, and it is fine", async ({ expect }) => {
    folder.write({ "back.schema.json": '{"items": {"pattern": "(a)\\\\1"}}' });
    const files = ["back.schema.json", "plain.regex"];
    expect((await folder.run(["check", ...files])).exitCode).toBe(1);
    const { exitCode, stdout, stderr } = await folder.run(["check", "--lenient", ...files]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: okLines(files) });
    expect(stderr).toMatch(/^back\.schema\.json#\/items\/pattern: dropped: .*\(unsupported\)\n$/);
  });

  test("a reader that goes away changes neither the exit code nor what is told of bad files", async ({ expect }) => {
    const files = [...Array.from({ length: 20_000 }, () => "plain.regex"), "group.regex"];
    const { exitCode, stderr } = await folder.run(["check", ...files], 1);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^group\.regex:1:2: /);
    expect(stderr).not.toMatch(stackTrace);
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk is told in a line", async ({ expect }) => {
    const { exitCode, stderr } = await folder.runInto("/dev/full", ["check", "plain.regex"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^the output can't be written: .*\n$/);
  });
});

describe.concurrent("use", () => {
  const cases: [args: string[], message: RegExp][] = [
    [[], /^Usage: grammask/],
    [["check"], /missing required argument 'file'/],
    [["chekc", "plain.regex"], /unknown command 'chekc'.*\(Did you mean check\?\)/s],
    [["check", "--quick", "plain.regex"], /unknown option '--quick'/],
    [["generate", "plain.regex", "--seed", "x"], /'--seed <n>' argument 'x' is invalid. A whole number from 0 /],
    [["generate", "plain.regex", "--count", "-1"], /'--count <n>' argument '-1' is invalid. A whole number from 1 /],
    [["generate", "plain.regex", "--count", "0"], /'--count <n>' argument '0' is invalid. A whole number from 1 /],
    [["generate", "plain.regex", "plain.gbnf"], /too many arguments/],
  ];

  test.each(cases)("wrong: %j", async (args, message) => {
    const { exitCode, stdout, stderr } = await folder.run(args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(stackTrace);
  });

  test("help tells the kinds, the exit codes and how to split samples", async ({ expect }) => {
    const [main, generate] = await Promise.all([folder.run(["--help"]), folder.run(["generate", "--help"])]);
    expect([main.exitCode, main.stderr, generate.exitCode, generate.stderr]).toEqual([0, "", 0, ""]);
    for (const word of [".gbnf", ".ebnf", ".regex", ".schema.json", "Exit codes"]) expect(main.stdout).toContain(word);
    for (const word of ["--seed", "--count", "--max-bytes", "--json", "line breaks"]) {
      expect(generate.stdout).toContain(word);
    }
  });
});
