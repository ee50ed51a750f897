import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imle, kSubset, rng } from "../../src/index.ts";
import { chromiumPath, launch, unlessChromium } from "./chromium.ts";
import { serve } from "./serve.ts";

const THETA = [0.3, -1.2, 0.8, 0.1, 2, -0.5, 1.1, 0.4];
const WEIGHTS = [1, -2, 3, -4, 5, -6, 7, -8];

/** dL/dθ of L = ⟨z, weights⟩, here. */
function gradientHere(): number[] {
  const evaluation = imle(kSubset(4, 2)).forward(Float32Array.from(THETA), rng(7));
  return [...evaluation.backward(Float32Array.from(WEIGHTS))];
}

describe.skipIf(!chromiumPath)(`in Chromium${unlessChromium}`, { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serve>>;
  const errors: string[] = [];

  beforeAll(async () => {
    [browser, server] = await Promise.all([launch(), serve()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function open(path: string): Promise<Page> {
    const page = await browser.newPage();
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(server.url + path);
    return page;
  }

  /** Calls a function of a module in the page. */
  function call(page: Page, module: string, name: string, ...inputs: unknown[]): Promise<unknown> {
    return page.evaluate(
      `import("/test/browser/${module}").then((m) => m.${name}(...${JSON.stringify(inputs)}))`,
    );
  }

  test("hardgrad/jax gives the same bits as here", async () => {
    const page = await open("/");
    expect(await page.evaluate("crossOriginIsolated")).toBe(false);
    expect(await call(page, "jax-page.ts", "gradient", THETA, WEIGHTS, "wasm", false)).toEqual(
      gradientHere(),
    );
    expect(errors).toEqual([]);
  });

  test("hardgrad/jax gives the same bits with asynchronous reads from a pool of workers", async () => {
    const page = await open("/isolated");
    expect(await page.evaluate("crossOriginIsolated")).toBe(true);
    expect(await call(page, "jax-page.ts", "gradient", THETA, WEIGHTS, "wasm", true)).toEqual(gradientHere());
    expect(errors).toEqual([]);
  });

  test.for(["webgpu", "webgl"])(
    "hardgrad/jax trains on %s with asynchronous reads",
    async (device, { skip }) => {
      const page = await open("/");
      if (!(await call(page, "jax-page.ts", "has", device))) skip(`this browser has no ${device}`);
      expect(await call(page, "jax-page.ts", "gradient", THETA, WEIGHTS, device, true)).toEqual(
        gradientHere(),
      );
      const trained = await call(page, "jax-page.ts", "train", THETA, WEIGHTS, device, 20);
      expect(trained).toEqual(
        await call(await open("/"), "jax-page.ts", "train", THETA, WEIGHTS, "wasm", 20),
      );
      expect(trained).toMatchObject({ leaked: 0 });
      expect(errors).toEqual([]);
    },
  );

  test.each(["cpu", "webgl"])(
    "hardgrad/tfjs gives the same bits as here on %s, and its layer trains in model.fit",
    async (backend) => {
      const page = await open("/");
      expect(await call(page, "tfjs-page.ts", "gradient", THETA, WEIGHTS, backend)).toEqual(gradientHere());
      const losses = (await call(page, "tfjs-page.ts", "fit", backend)) as number[];
      expect(losses).toHaveLength(3);
      expect(losses.every(Number.isFinite)).toBe(true);
      expect(errors).toEqual([]);
    },
  );
});
