import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imle, kSubset, rng } from "../../src/index.ts";
import { chromiumPath, launch, unlessChromium } from "./chromium.ts";
import { serve } from "./serve.ts";

const ROWS = 40;
const THETA = Array.from({ length: 5 * ROWS }, (_, i) => Math.sin(3 * i));
const WEIGHTS = Array.from({ length: 5 * ROWS }, (_, i) => 9 * Math.cos(i));

describe.skipIf(!chromiumPath)(`hardgrad/threads in Chromium${unlessChromium}`, { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    [browser, server] = await Promise.all([launch(), serve()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function outcome(path: string, name: string): Promise<unknown> {
    const page = await browser.newPage();
    await page.goto(server.url + path);
    const inputs = JSON.stringify([THETA, WEIGHTS]);
    return page.evaluate(`import("/test/browser/threads-page.ts").then((m) => m.${name}(...${inputs}))`);
  }

  test("inside a worker of an isolated page rows are spread, with the same bits as here", async () => {
    const evaluation = imle(kSubset(5, 2)).forward(Float32Array.from(THETA), rng(7));
    const gradient = Array.from(evaluation.backward(Float32Array.from(WEIGHTS)));
    expect(await outcome("/isolated", "outcomeInWorker")).toEqual({ gradient, alone: false });
  });

  test("on a page's own thread an error says to use a worker", async () => {
    expect(await outcome("/isolated", "outcome")).toMatch(/own thread may not wait.*call it inside a worker/);
  });

  test("without isolation an error names the headers", async () => {
    for (const name of ["outcome", "outcomeInWorker"]) {
      expect(await outcome("/", name)).toMatch(/"Cross-Origin-Opener-Policy: same-origin"/);
    }
  });
});
