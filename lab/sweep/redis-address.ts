import { UsageError } from "../run/errors.ts";

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The address without credentials, for messages. */
  readonly shown: string;
}

/** Environment variables for what should not stand in a command line; no child process inherits them. */
export const CREDENTIALS = ["REDIS_USERNAME", "REDIS_PASSWORD"] as const;

/** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. */
export function parseRedisAddress(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): RedisAddress {
  // The text is never shown: it may hold a password.
  const wrong = new UsageError("--redis expected redis://host:port/database, or rediss:// for TLS");
  if (!URL.canParse(text)) throw wrong;
  const { protocol, hostname, port, pathname, username, password } = new URL(text);
  const db = /^\/?(\d{0,5})$/.exec(pathname)?.[1];
  if (!["redis:", "rediss:"].includes(protocol) || hostname === "" || db === undefined) throw wrong;
  const number = Number(port || 6379);
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: number,
    db: Number(db),
    tls: protocol === "rediss:",
    username: decode(username) || env.REDIS_USERNAME,
    password: decode(password) || env.REDIS_PASSWORD,
    shown: `${protocol}//${hostname}:${number}${db === "" ? "" : `/${db}`}`,
  };

  function decode(part: string): string {
    try {
      return decodeURIComponent(part);
    } catch {
      throw wrong;
    }
  }
}
