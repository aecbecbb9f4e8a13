import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { inject } from 'vitest';
import { noDisplay } from '../../build/start.ts';
import type { DemoOptions } from './host.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PACKAGE = join(ROOT, 'node_modules', 'electron');

function binary(): string | undefined {
  const note = join(PACKAGE, 'path.txt');
  const path = existsSync(note) ? join(PACKAGE, 'dist', readFileSync(note, 'utf8').trim()) : undefined;
  return path !== undefined && existsSync(path) ? path : undefined;
}

/** Why no spec can run in Electron here; undefined when they can. */
export function electronMissing(): string | undefined {
  if (binary() === undefined)
    return "Electron's binary is not installed (it is downloaded by 'npm start' where that is possible)";
  return noDisplay(process.env, process.platform);
}

/** A window of the desktop program on a copy of the demo project. */
export interface ElectronWindow {
  project: string;
  app: ElectronApplication;
  page: Page;
  errors: string[];
  go(route: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts the bundled program as its user does, with the project as its argument. Call `close` in afterAll. */
export async function openDemoInElectron({
  width = 1280,
  height = 800,
  theme = 'light',
  prepare,
}: DemoOptions = {}): Promise<ElectronWindow> {
  const folder = mkdtempSync(join(tmpdir(), 'visage-electron-'));
  const project = join(folder, 'demo.visage');
  cpSync(inject('demo'), project, { recursive: true });
  prepare?.(project);
  const settings = join(folder, 'settings');
  mkdirSync(settings);
  writeFileSync(
    join(settings, 'window.json'),
    JSON.stringify({ bounds: { x: 0, y: 0, width, height }, maximized: false }),
  );
  const app = await _electron.launch({
    executablePath: binary() as string,
    // Chromium refuses to run its sandbox for the system's administrator, which containers run as.
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ROOT, project],
    env: { ...(process.env as Record<string, string>), VISAGE_SETTINGS: settings },
  });
  const page = await app.firstWindow();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.emulateMedia({ colorScheme: theme });
  await page.waitForURL(/#\/cohorts/);
  return {
    project,
    app,
    page,
    errors,
    go: (route) =>
      page.evaluate((to) => {
        window.location.hash = `#/${to}`;
      }, route),
    async close() {
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
