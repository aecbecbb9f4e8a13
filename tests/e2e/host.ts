import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = resolve(ROOT, 'core/cli/main.ts');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The system's Chromium: the tests take no browser of their own along. */
export const chromiumPath = (): string | undefined =>
  process.env.VISAGE_CHROMIUM ?? CHROMIUM.find((path) => existsSync(path));

/** A host process with its address. */
export interface Host {
  address: string;
  process: ChildProcess;
  /** Everything that it said on stderr. */
  said: string[];
  /** Ends it as Ctrl-C does, and waits. Gives the exit code. */
  stop(): Promise<number | null>;
}

/** Starts `visage serve` and waits for its address. `env` adds to the environment. */
export async function startHost(args: readonly string[], env: Record<string, string> = {}): Promise<Host> {
  const child = spawn(process.execPath, [MAIN, 'serve', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr });
  const address = await new Promise<string>((found, fail) => {
    lines.on('line', (line) => {
      said.push(line);
      const match = /^Visage is at (\S+)$/.exec(line);
      if (match) found(match[1]);
    });
    child.once('exit', (code) => fail(new Error(`The host ended with ${code}: ${said.join('\n')}`)));
  });
  return {
    address,
    process: child,
    said,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill('SIGINT');
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    },
  };
}

export async function startBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined)
    throw new Error('No Chromium was found; install it (Debian: chromium) or set VISAGE_CHROMIUM.');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--ignore-gpu-blocklist',
      '--disable-background-networking',
    ],
  });
}

export interface WindowOptions {
  width?: number;
  height?: number;
  theme?: 'light' | 'dark';
}

/** For windows on a copy of the demo project. */
export interface DemoOptions extends WindowOptions {
  /** Changes the copy before a host has it open. */
  prepare?(project: string): void;
}

/** A page on the host; errors of the page are collected, and a test should find none. */
export async function openWindow(
  browser: Browser,
  address: string,
  { width = 1280, height = 800, theme = 'light' }: WindowOptions = {},
): Promise<{ page: Page; context: BrowserContext; errors: string[] }> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(address);
  return { page, context, errors };
}
