/** Where the networks of the page are computed. */
import { type Device, defaultDevice, init } from "@jax-js/jax";

/** The smallest module there is: eight bytes of magic and version. */
const SMALLEST = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/**
 * The device that was asked for, or else wasm.
 * @throws Error where there is no WebAssembly, or the policy of the page or browser forbids it.
 */
export async function startDevice(asked: Device): Promise<Device> {
  const device = (await init(asked)).includes(asked) ? asked : "wasm";
  if (device === "wasm") {
    try {
      new WebAssembly.Module(SMALLEST);
    } catch {
      throw new Error("This network is computed by WebAssembly, which this browser does not run here.");
    }
    await init(device);
  }
  defaultDevice(device);
  return device;
}
