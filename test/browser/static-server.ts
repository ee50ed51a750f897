/** A web server over a folder, under a path of its own, as a host of static pages would serve it. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/** `/base/a` answers with `a.html` where there is no `a`. */
export async function serveFolder(folder: string, base: string): Promise<{ url: string; close(): void }> {
  const server = createServer(async ({ url = "/" }, response) => {
    const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
    const below = normalize(path.slice(base.length));
    for (const name of path.startsWith(base) && !below.startsWith("..")
      ? [below, `${below}.html`, join(below, "index.html")]
      : []) {
      const body = await readFile(join(folder, name)).catch(() => undefined);
      if (body === undefined) continue;
      response.setHeader("Content-Type", TYPES[extname(name)] ?? "application/octet-stream");
      response.end(body);
      return;
    }
    response.statusCode = 404;
    response.end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
