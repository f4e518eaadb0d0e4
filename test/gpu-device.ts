// Finds a WebGPU device in Node, for the tests, the benches and the start demo: Dawn's `webgpu` package over the first
// Vulkan (or Metal, or Direct3D) driver of: what the environment offers; SwiftShader as Debian's chromium installs it;
// SwiftShader out of a pinned development package. So `npm ci` is enough to run the GPU tests on a bare Linux machine.
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { unpackChromium } from "./packaged-chromium.ts";

export interface TestAdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** Where the driver was found, as a person would say it. */
  readonly driver: string;
}

export interface TestDevice {
  readonly device: GPUDevice;
  readonly adapterInfo: TestAdapterInfo;
  /** Destroys the device. */
  dispose(): void;
}

const chromiumDirectory = "/usr/lib/chromium";
const driverManifest = "vk_swiftshader_icd.json";
const driverFiles = [driverManifest, "libvk_swiftshader.so", "libvulkan.so.1"];

interface Driver {
  readonly name: string;
  readonly instance: GPU;
}

// Dawn's instances are never collected: the process dies when one is while a device of its lives.
const instances: GPU[] = [];
let driver: Driver | undefined;

/**
 * A device of its own for the caller, with the default limits and features, or the reason why there is none (in one
 * line). It sets VK_ICD_FILENAMES where the driver isn't the environment's own; a worker thread's environment doesn't
 * reach the driver's loader, so call it on a process's main thread.
 */
export async function acquireTestDevice(): Promise<TestDevice | { readonly reason: string }> {
  if (driver === undefined) {
    const found = await findDriver();
    if (typeof found === "string") return { reason: found };
    driver = found;
  }
  // An adapter is good for one device.
  const adapter = await driver.instance.requestAdapter();
  if (adapter === null) return { reason: `${driver.name}: no WebGPU adapter any more` };
  const device = await adapter.requestDevice();
  const { vendor, architecture, device: name, description } = adapter.info;
  return {
    device,
    adapterInfo: { vendor, architecture, device: name, description, driver: driver.name },
    dispose: () => device.destroy(),
  };
}

/** The first driver with an adapter, or why there is none. */
async function findDriver(): Promise<Driver | string> {
  const dawn = await import("webgpu").catch((error: unknown) => String(error));
  if (typeof dawn === "string") return `the optional package webgpu can't be loaded: ${oneLine(dawn)}`;
  const tried: string[] = [];
  for (const { name, prepare } of driverSources) {
    const missing = prepare();
    if (missing !== undefined) {
      tried.push(`${name}: ${oneLine(missing)}`);
      continue;
    }
    // A fresh instance each time, because one that found no driver doesn't look again.
    const instance = dawn.create(["disable-dawn-features=timestamp_quantization"]);
    instances.push(instance);
    if ((await instance.requestAdapter()) !== null) return { name, instance };
    tried.push(`${name}: no adapter`);
  }
  return `no WebGPU adapter (${tried.join("; ")})`;
}

/** `prepare` readies the process for a driver, or says why it can't. */
const driverSources: readonly { readonly name: string; prepare(): string | undefined }[] = [
  { name: "environment", prepare: useEnvironment },
  { name: chromiumDirectory, prepare: () => useSwiftShader(chromiumDirectory) },
  { name: "npm package @sparticuz/chromium", prepare: usePackagedSwiftShader },
];

function useEnvironment(): string | undefined {
  // Asked first, because Dawn complains on stderr where there is no loader.
  return process.platform === "linux" ? loadLibrary("libvulkan.so.1") : undefined;
}

function useSwiftShader(directory: string): string | undefined {
  const absent = driverFiles.find((file) => !existsSync(join(directory, file)));
  if (absent !== undefined) return `${absent} isn't there`;
  process.env["VK_ICD_FILENAMES"] = join(directory, driverManifest);
  // Dawn opens the Vulkan loader by its bare name, which finds the one that the process has already loaded.
  return loadLibrary(join(directory, "libvulkan.so.1"));
}

/** Loads a shared library for good, or says why it can't. */
function loadLibrary(path: string): string | undefined {
  const keepLoaded = 0x1000; // RTLD_NODELETE
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | keepLoaded);
  } catch (error) {
    // A library that isn't a Node addon is refused after it was loaded; by then it stays.
    const message = String(error);
    return message.includes("did not self-register") ? undefined : message;
  }
  return undefined;
}

function usePackagedSwiftShader(): string | undefined {
  try {
    return useSwiftShader(unpackChromium(["swiftshader.tar"]));
  } catch (error) {
    return String(error);
  }
}

function oneLine(text: string): string {
  return text.split("\n")[0]!;
}
