/** The built site as a stranger opens it: from a folder, under a path of its own, without a network. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runDemoCode } from "../run-demo-code.ts";
import { chromiumPath, launch, unlessChromium } from "./chromium.ts";
import { serveFolder } from "./static-server.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const axe = readFileSync(join(root, "node_modules/axe-core/axe.min.js"), "utf8");

/** Where the site stands: what is built elsewhere for this path is named by SITE_DIST. */
const BASE = "/sub/path/";

/** Milliseconds that a page may take on a machine that has other work. */
const PATIENCE = 120_000;

/** Kilobytes of script, gzipped, that a page may load, without jax-js, which workers load when they need it. */
const GUIDE = 150;
const PLAYGROUND = 250;

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the processor. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

describe.skipIf(!chromiumPath)(`the site${unlessChromium}`, { timeout: 4 * PATIENCE }, () => {
  let folder = "";
  let made = "";
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serveFolder>>;
  let pages: string[] = [];

  beforeAll(async () => {
    if (process.env.SITE_DIST) folder = resolve(root, process.env.SITE_DIST);
    else {
      made = mkdtempSync(join(tmpdir(), "hardgrad-site-"));
      folder = made;
      execFileSync("npm", ["run", "site:build", "--", "--outDir", folder], {
        cwd: root,
        env: { ...process.env, SITE_BASE: BASE, NODE_ENV: "production" },
        stdio: "pipe",
      });
    }
    pages = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".html") && path !== "404.html")
      .map((path) => path.replace(/(index)?\.html$/, ""));
    [browser, server] = await Promise.all([launch(), serveFolder(folder, BASE)]);
  }, 600_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
    if (made) rmSync(made, { recursive: true, force: true });
  });

  /** A tab, which collects what goes wrong on its page and what that loads. */
  async function newTab(options: BrowserContextOptions) {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const wrong: string[] = [];
    const scripts = new Map<string, Promise<Buffer>>();
    page.on("pageerror", (error) => wrong.push(error.message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) wrong.push(message.text());
    });
    page.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(server.url)) {
        wrong.push(`asks for ${request.url()}`);
      }
    });
    page.on("response", (response) => {
      if (/\.js$/.test(response.url()) && !/\/(learn|webgpu|webgl)-/.test(response.url()))
        scripts.set(
          response.url(),
          // What a worker still loads when its page is left.
          response.body().catch(() => Buffer.alloc(0)),
        );
    });
    const go = async (path: string): Promise<void> => {
      wrong.length = 0;
      scripts.clear();
      await page.goto(server.url + path, { waitUntil: "networkidle" });
    };
    return { page, wrong, scripts, go, close: () => context.close() };
  }

  async function open(path: string, options: BrowserContextOptions = {}) {
    const tab = await newTab(options);
    await tab.go(path);
    return tab;
  }

  /** Goes through pages in three tabs side by side: mostly they wait for the network to be quiet. */
  async function each(
    paths: readonly string[],
    options: BrowserContextOptions,
    work: (path: string, tab: Awaited<ReturnType<typeof newTab>>) => Promise<void>,
  ): Promise<void> {
    const rest = [...paths];
    await Promise.all(
      Array.from({ length: 3 }, async () => {
        const tab = await newTab(options);
        for (let path = rest.shift(); path !== undefined; path = rest.shift()) {
          await tab.go(path);
          await work(path, tab);
        }
        await tab.close();
      }),
    );
  }

  /** The lines that the page's program prints. */
  async function printed(page: Page): Promise<string[]> {
    return runDemoCode((await page.textContent("[data-demo-code]"))!)
      .trim()
      .split("\n");
  }

  /** The rows of the page's table, cells side by side. */
  function rowsOf(page: Page): Promise<string[]> {
    return page.$$eval("tr[data-row]", (rows) =>
      rows.map((row) => [...row.querySelectorAll("td")].map((c) => c.textContent).join(" ")),
    );
  }

  /** Lines of code whose indentation is lost. */
  const reshaped = (lines: Element[]): (string | null)[] =>
    lines
      .filter((line) => !getComputedStyle(line).whiteSpace.startsWith("pre"))
      .map((line) => line.textContent);

  test("every page opens under a sub-path without errors, asks nobody else, and fits a phone", async () => {
    expect(pages.length).toBeGreaterThan(1);
    const phone = { viewport: { width: 390, height: 844 } };
    await each(pages, phone, async (path, { page, wrong, scripts }) => {
      expect(wrong, path).toStrictEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(390);
      expect(await page.$$eval("pre .line", reshaped), path).toStrictEqual([]);
      const bodies = await Promise.all(scripts.values());
      const kilobytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0) / 1000;
      expect(kilobytes, path).toBeGreaterThan(10);
      expect(kilobytes, path).toBeLessThan(path.startsWith("playground/") ? PLAYGROUND : GUIDE);
    });
  });

  test("axe finds nothing serious on any kind of page, light and dark", async () => {
    const serious: string[] = [];
    // Pages of a folder are of one kind, but for those of the playground.
    const folders = new Set<string>();
    const looked = pages.filter((path) => {
      const folder = dirname(path);
      const known = folders.has(folder);
      folders.add(folder);
      return !known || folder === "playground" || folder === ".";
    });
    await each(looked, { reducedMotion: "reduce" }, async (path, { page }) => {
      // The switch of themes has its name only when the page lives.
      await page.waitForFunction("document.querySelector('.VPSwitchAppearance')?.title !== ''");
      await page.evaluate(axe);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.waitForFunction(
          `document.documentElement.classList.contains("dark") === ${colorScheme === "dark"}`,
        );
        // Themes differ in colours alone.
        const rules =
          colorScheme === "dark"
            ? `, runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] }`
            : "";
        const violations = (await page.evaluate(
          `axe.run(document, { resultTypes: ["violations"]${rules} }).then((r) => r.violations)`,
        )) as Violation[];
        for (const { id, impact, nodes } of violations) {
          if (impact === "serious" || impact === "critical") {
            serious.push(`${path} ${colorScheme} ${id}: ${nodes[0]!.html}`);
          }
        }
      }
    });
    expect(serious).toStrictEqual([]);
  });

  const cells = (page: Page): Promise<string[][]> =>
    page.$$eval("tr[data-method]", (rows) =>
      rows.map((row) => [row.getAttribute("data-method")!, row.querySelector("[data-gap]")!.textContent!]),
    );
  const finished = (page: Page): Promise<unknown> =>
    page.waitForFunction(
      "[...document.querySelectorAll('[data-gap]')].length > 0 && [...document.querySelectorAll('[data-gap]')].every((c) => c.textContent !== '…')",
    );

  test("race: learns, its dials act, its link restores it, and its code prints what it shows", async () => {
    const { page, wrong, close } = await open("playground/race");
    await finished(page);
    const first = await cells(page);
    for (const [, gap] of first) expect(Number(gap)).toBeLessThan(1.3);

    await page.selectOption("#dial-structure", "path");
    await page.focus("#dial-lambda");
    await page.keyboard.press("ArrowRight");
    expect(await page.textContent("label[for=dial-lambda] output")).toBe("2");
    await finished(page);
    const second = await cells(page);
    expect(second).not.toStrictEqual(first);

    expect(await printed(page)).toStrictEqual(second.map((row) => row.join(" ")));

    const query = new URL(page.url()).search;
    expect(query).toContain("structure=path");
    const other = await open(`playground/race${query}`);
    await finished(other.page);
    expect(await cells(other.page)).toStrictEqual(second);
    expect([...wrong, ...other.wrong]).toStrictEqual([]);
    await close();

    // A dial that changes what is out of sight would seem to do nothing.
    await other.page.setViewportSize({ width: 390, height: 844 });
    await other.page.locator("#dial-seed").scrollIntoViewIfNeeded();
    const chart = (await other.page.locator("svg[role=img]").first().boundingBox())!;
    expect(chart.y).toBeGreaterThanOrEqual(0);
    expect(chart.y + chart.height).toBeLessThan(844 / 2);
    await other.close();
  });

  test("where WebAssembly is forbidden, what needs it says so and the rest works", async () => {
    const headers = { "content-security-policy": "script-src 'self' 'unsafe-inline'" };
    const strict = async (path: string): Promise<Page> => {
      const page = await browser.newPage();
      await page.route("**/*", async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, headers: { ...response.headers(), ...headers } });
      });
      await page.goto(server.url + path);
      return page;
    };
    const [explain, race] = await Promise.all([strict("playground/explain"), strict("playground/race")]);
    await explain.waitForSelector("[role=alert]");
    expect(await explain.textContent("[role=alert]")).toContain(
      "WebAssembly, which this browser does not run",
    );
    await race.waitForSelector('[data-gap]:text-matches("[0-9]")');
    await Promise.all([explain.close(), race.close()]);
  });

  test("soft structures: points move by pointer and keys, and its code prints what it shows", async () => {
    const { page, wrong, close } = await open("playground/soft-structures", { reducedMotion: "reduce" });
    const shown = async (): Promise<string[]> => [
      `entropy ${await page.textContent("[data-entropy]")}`,
      ...(await page.$$eval("tr[data-relaxation]", (rows) =>
        rows.map((row) =>
          [
            row.getAttribute("data-relaxation"),
            ...[...row.querySelectorAll("td")].slice(1).map((c) => c.textContent),
          ].join(" "),
        ),
      )),
    ];
    const first = await shown();
    const point = page.locator("circle.point").nth(3);
    await point.hover();
    await page.mouse.down();
    await page.mouse.move(300, 320);
    await page.mouse.up();
    const dragged = await shown();
    expect(dragged).not.toStrictEqual(first);
    await point.focus();
    await page.keyboard.press("ArrowLeft");
    await page.selectOption("#dial-structure", "matching");
    const last = await shown();
    expect(last).not.toStrictEqual(dragged);
    expect(await printed(page)).toStrictEqual(last);
    await page.waitForURL(/points=/);
    await page.reload({ waitUntil: "networkidle" });
    expect(await shown()).toStrictEqual(last);
    expect(wrong).toStrictEqual([]);
    await close();
  });

  test("why nothing moves: stuck at first, learns by doing what it says, and its code prints what it shows", async () => {
    const { page, wrong, close } = await open("playground/why-nothing-moves");
    const verdict = async (): Promise<string> => {
      await page.waitForSelector(".verdict[data-finished]");
      return (await page.textContent("[data-verdict]"))!;
    };
    expect(await verdict()).toBe("Stuck: λ is too small");
    const level = async (): Promise<number> => Number(await page.textContent("[data-level]"));
    const before = await level();
    for (let turn = 0; turn < 6 && (await page.isVisible("[data-advice]")); turn++) {
      await page.click("[data-advice]");
      await verdict();
    }
    expect(await verdict()).toBe("It learns");
    expect(await level()).toBeGreaterThan(1.5 * before);

    const last = await rowsOf(page);
    expect(await printed(page)).toStrictEqual(last);
    await page.reload({ waitUntil: "networkidle" });
    await verdict();
    expect(await rowsOf(page)).toStrictEqual(last);
    await page.click("[data-ask]");
    await page.waitForSelector("[data-answer]");
    expect(await page.textContent("[data-answer]")).toMatch(/^(Take|The evidence does not decide)/);
    expect(wrong).toStrictEqual([]);
    await close();
  });

  test("paths: networks learn, a painted map is answered, and the code prints what the page shows", async () => {
    const { page, wrong, close } = await open("playground/paths?methods=imle,fenchel-young");
    const learnt = (): Promise<unknown> => page.waitForSelector("[data-demo=paths][data-finished]");
    const shown = (): Promise<string[]> =>
      page.$$eval("tr[data-method]", (rows) =>
        rows.map((row) =>
          [
            row.getAttribute("data-method"),
            row.querySelector("[data-accuracy]")!.textContent,
            row.querySelector("[data-length]")!.textContent,
          ].join(" "),
        ),
      );
    await learnt();
    const first = await shown();
    for (const line of first) expect(Number(line.split(" ")[1])).toBeGreaterThan(0.6);

    await page.focus("svg.paintable");
    // Water all around where the way begins.
    for (const key of ["ArrowRight", "Space", "ArrowDown", "Space", "ArrowLeft", "Space"]) {
      await page.keyboard.press(key);
    }
    await page.waitForURL(/map=/);
    await learnt();
    const painted = await shown();
    expect(painted.map((line) => line.split(" ")[1])).toStrictEqual(first.map((line) => line.split(" ")[1]));
    expect(painted).not.toStrictEqual(first);
    expect(await printed(page)).toStrictEqual(painted);

    await page.reload({ waitUntil: "networkidle" });
    await learnt();
    expect(await shown()).toStrictEqual(painted);
    expect(wrong).toStrictEqual([]);
    await close();
  });

  test("explain: learns, answers what is drawn and typed, and the code prints what the page shows", async () => {
    const { page, wrong, close } = await open("playground/explain");
    const learnt = (): Promise<unknown> => page.waitForSelector("[data-demo=explain][data-finished]");
    await learnt();
    const first = await rowsOf(page);
    expect(Number(first[0]!.split(" ")[1])).toBeGreaterThan(0.9);
    expect(await page.textContent("[data-says]")).toContain("a 3");
    await page.click("text=clear");
    await page.focus("svg[role=application]");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Space");
    await learnt();
    expect(await page.$$eval("rect.ink", (pixels) => pixels.length)).toBeLessThan(20);
    expect((await rowsOf(page))[0]).toBe(first[0]);
    await page.waitForURL(/drawing=/);

    await page.click("text=Write praise or blame");
    await learnt();
    await page.fill("#sentence", "a slow book, and the hero was awful");
    await learnt();
    const last = await rowsOf(page);
    expect(await page.textContent("[data-says]")).toContain("blame");
    expect(await page.$$eval(".words .seen", (words) => words.map((word) => word.textContent))).toStrictEqual(
      ["slow", "awful"],
    );
    expect(await printed(page)).toStrictEqual(last);
    await page.reload({ waitUntil: "networkidle" });
    await learnt();
    expect(await rowsOf(page)).toStrictEqual(last);
    expect(wrong).toStrictEqual([]);
    await close();
  });

  // Processor time, as traces hold it: what else runs on this machine stretches the Long Tasks API's, which is the clock's.
  // It stretches the processor's time, too, but not for every training: what a page itself does too long it does each time.
  for (const name of ["race", "paths", "explain", "why-nothing-moves"]) {
    test(`${name}: no task takes the page's thread over 50 ms in each of three trainings`, async () => {
      const { page, close } = await open(`playground/${name}`);
      await page.focus("#dial-seed");
      let longest = Number.POSITIVE_INFINITY;
      for (let training = 0; training < 3 && longest >= 50; training++) {
        await browser.startTracing(page, { categories: ["toplevel"] });
        await page.keyboard.press("ArrowRight");
        await page.waitForTimeout(4000);
        const { traceEvents } = JSON.parse(String(await browser.stopTracing())) as {
          traceEvents: TraceEvent[];
        };
        const thread = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
        const threads = traceEvents.filter(({ args }) => args?.name === "CrRendererMain").map(thread);
        const tasks = traceEvents.filter(
          (event) => /RunTask/.test(event.name) && threads.includes(thread(event)),
        );
        expect(tasks.length).toBeGreaterThan(50);
        const times = tasks.map(({ tdur = 0 }) => tdur / 1000);
        longest = Math.min(longest, Math.max(...times));
      }
      expect(longest).toBeLessThan(50);
      await close();
    });
  }
});
