import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, launch, unlessChromium } from "./chromium.ts";
import { bits } from "./kernels-page.ts";
import { serve } from "./serve.ts";

describe.skipIf(!chromiumPath)(`kernels in Chromium${unlessChromium}`, { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    [browser, server] = await Promise.all([launch(), serve()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test.each([
    ["/", true],
    ["/strict", false],
  ])("on %s they run: %s, and the bits are those of here", async (path, run) => {
    const page = await browser.newPage();
    await page.goto(server.url + path);
    const call = (name: string, input?: boolean): Promise<unknown> =>
      page.evaluate(`import("/test/browser/kernels-page.ts").then((m) => m.${name}(${input ?? ""}))`);
    expect(await call("hasKernels")).toBe(run);
    expect(await call("bits", true)).toEqual(bits(false));
    expect(await call("bits", false)).toEqual(bits(true));
  });
});
