import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { inject } from 'vitest';
import { electronMissing, openDemoInElectron } from './electron.ts';
import { type DemoOptions, type Host, openWindow, startBrowser, startHost } from './host.ts';

/** A window on a copy of the demo project, with everything that it stands on. */
export interface DemoWindow {
  /** The copy: specs may change it, and ask the command line about it once the host has ended (or read-only before). */
  project: string;
  host: Host;
  browser: Browser;
  page: Page;
  /** Errors that the page reported; a spec ends with none. */
  errors: string[];
  /** Goes to a view by its route: 'map', 'face/17'. */
  go(route: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Copies the demo project, serves it and opens a window on it. Call `close` in afterAll. With VISAGE_E2E=electron the
 * window is the desktop program's; specs that ask for `host` or `browser` are about the web host and fail then.
 */
export async function openDemo(options: DemoOptions = {}): Promise<DemoWindow> {
  if (process.env.VISAGE_E2E === 'electron') return inElectron(options);
  const folder = mkdtempSync(join(tmpdir(), 'visage-window-'));
  const project = join(folder, 'demo.visage');
  cpSync(inject('demo'), project, { recursive: true });
  options.prepare?.(project);
  const host = await startHost([project], { VISAGE_SETTINGS: join(folder, 'settings') });
  const browser = await startBrowser();
  const { page, errors } = await openWindow(browser, host.address, options);
  await page.waitForURL(/#\/cohorts/);
  return {
    project,
    host,
    browser,
    page,
    errors,
    go: async (route) => {
      await page.goto(`${new URL(host.address).origin}/#/${route}`);
    },
    async close() {
      await browser.close();
      await host.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function inElectron(options: DemoOptions): Promise<DemoWindow> {
  const missing = electronMissing();
  if (missing !== undefined) throw new Error(`No spec can run in Electron: ${missing}.`);
  const webOnly = (name: string): never => {
    throw new Error(`In Electron there is no '${name}': this spec is about the web host.`);
  };
  return Object.defineProperties(await openDemoInElectron(options), {
    host: { get: () => webOnly('host') },
    browser: { get: () => webOnly('browser') },
  }) as unknown as DemoWindow;
}
