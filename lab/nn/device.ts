/** Where jax-js computes: on this core's wasm, or on a GPU through the package "webgpu". Imports neither: `list` stays quick. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { expectOneOf } from "../run/check-settings.ts";
import { ExperimentError } from "../run/errors.ts";

export const DEVICES = ["wasm", "webgpu"] as const;
type Device = (typeof DEVICES)[number];

/** The device asked for is not there. */
export class DeviceError extends ExperimentError {}

/** @throws RangeError for the setting of an experiment that names no device. */
export function checkDevice(device: string): void {
  expectOneOf("device", device, DEVICES);
}

/**
 * Makes sure that the device is there, without loading jax-js.
 * @throws DeviceError without the package or without a GPU.
 */
export async function requireDevice(device: string): Promise<void> {
  if (device === "webgpu") await provideGpu();
}

/**
 * Starts jax-js, before any module that imports it is loaded: it looks for a GPU when it is.
 * @throws DeviceError as `requireDevice` does.
 */
export async function startEngine(device: string): Promise<void> {
  await requireDevice(device);
  const { defaultDevice, init } = await import("@jax-js/jax");
  const started = await init(device as Device);
  if (!started.includes(device as Device)) {
    throw new DeviceError("device webgpu: jax-js was loaded before the GPU was there");
  }
  defaultDevice(device as Device);
}

/** Of the package, what is used here. */
interface Dawn {
  create(flags: readonly string[]): { requestAdapter(): Promise<unknown> };
  readonly globals: object;
}

const INSTALL = "npm install --no-save webgpu@0.6.2";

/** Dawn's implementation of WebGPU, as a browser would have it. */
async function provideGpu(): Promise<void> {
  if ((globalThis as { navigator?: { gpu?: unknown } }).navigator?.gpu) return;
  let found: string;
  try {
    // By CommonJS's rules, which know NODE_PATH.
    found = createRequire(import.meta.url).resolve("webgpu");
  } catch {
    throw new DeviceError(`device webgpu needs the package "webgpu": ${INSTALL}`);
  }
  const { create, globals }: Dawn = await import(pathToFileURL(found).href).catch((error: Error) => {
    throw new DeviceError(`device webgpu: the package "webgpu" does not load here: ${error.message}`);
  });
  Object.assign(globalThis, globals);
  const gpu = create([]);
  if (!(await gpu.requestAdapter().catch(() => null))) {
    throw new DeviceError(
      "device webgpu: Dawn found no GPU; it needs a Vulkan driver (VK_ICD_FILENAMES names one) on Linux",
    );
  }
  // Node 20 has no navigator, and jax-js reads these two of it.
  const { navigator } = globalThis as { navigator?: object };
  const value = navigator ?? { userAgent: `Node.js/${process.versions.node}`, platform: process.platform };
  Object.defineProperty(value, "gpu", { value: gpu });
  if (!navigator) Object.defineProperty(globalThis, "navigator", { value, configurable: true });
}
