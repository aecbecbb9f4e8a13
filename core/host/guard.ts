import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { diskFault, Fault } from '../foundation/fault.ts';

/**
 * Who may talk to the web host. It binds 127.0.0.1 only; a page of another site in the same browser could still send
 * requests there, so each request must name this very host (DNS rebinding), come from this very origin, and carry the
 * token that was given to the user's browser at start.
 */
export interface Guard {
  token: string;
  port: number;
}

export const newToken = (): string => randomBytes(32).toString('base64url');

/**
 * The token that a file keeps, so that a window finds its host again after a restart; made, for its owner's eyes only,
 * where there is no such file. @throws Fault when the file holds something else or others can read it
 */
export function keptToken(file: string): string {
  try {
    writeFileSync(file, `${newToken()}\n`, { mode: 0o600, flag: 'wx' });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code !== 'EEXIST') {
      // A full disk makes the file and writes nothing into it.
      if (code === 'ENOSPC' || code === 'EDQUOT') rmSync(file, { force: true });
      throw diskFault(thrown, file, 'written') ?? thrown;
    }
  }
  const token = readFileSync(file, 'utf8').trim();
  if (!/^[A-Za-z0-9_-]{43}$/.test(token))
    throw new Fault(
      `'${file}' holds no token: 43 letters, digits, '-' or '_' are expected. Remove it, and a new one is made.`,
    );
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw new Fault(`'${file}' can be read by other users, so its token is no secret: run chmod 600 on it.`);
  return token;
}

/** The parts of a request that decide. */
export interface Asked {
  host: string | undefined;
  origin: string | undefined;
  cookie: string | undefined;
  /** The token in the address, for the first page load. */
  token: string | null;
  /** Sec-Fetch-Site, Sec-Fetch-Mode: whose page asks, and whether to show the answer as a page. */
  site?: string | undefined;
  mode?: string | undefined;
}

const COOKIE = 'visage-token';

export const tokenCookie = (guard: Guard): string =>
  `${COOKIE}-${guard.port}=${guard.token}; HttpOnly; SameSite=Strict; Path=/`;

/** Names under which this host may be asked for. */
export const ownHosts = (port: number): string[] => [`127.0.0.1:${port}`, `localhost:${port}`];

/** Why a request is refused, or undefined when it may pass. `mustHaveOrigin`: for WebSockets, which always send one. */
export function refusal(guard: Guard, asked: Asked, mustHaveOrigin = false): string | undefined {
  const hosts = ownHosts(guard.port);
  if (asked.host === undefined || !hosts.includes(asked.host)) return 'wrong host';
  if (asked.origin === undefined ? mustHaveOrigin : !hosts.some((host) => asked.origin === `http://${host}`))
    return 'wrong origin';
  // Another port of this machine counts as the same site, so the cookie comes along: only pages may be opened from there.
  const foreign = asked.site === 'same-site' || asked.site === 'cross-site';
  if (foreign && (asked.mode !== 'navigate' || mustHaveOrigin)) return 'wrong origin';
  if (!sameText(asked.token ?? cookieToken(asked.cookie, guard.port) ?? '', guard.token)) return 'no token';
  return undefined;
}

function cookieToken(cookie: string | undefined, port: number): string | undefined {
  for (const part of (cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === `${COOKIE}-${port}`) return value;
  }
  return undefined;
}

/** Compares in constant time, so that the answer's delay tells nothing about the token. */
function sameText(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

/**
 * The same policy in both hosts: own scripts, styles and pictures only; no frames, no plugins, no other hosts.
 * @param connect further addresses that the page may talk to
 * @param pictures further addresses that pictures may come from
 */
export function contentSecurityPolicy(connect: readonly string[], pictures: readonly string[] = []): string {
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    ["img-src 'self' blob: data:", ...pictures].join(' '),
    "font-src 'self'",
    "worker-src 'self' blob:",
    `connect-src 'self' ${connect.join(' ')}`.trim(),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
