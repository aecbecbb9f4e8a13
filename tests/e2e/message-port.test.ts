import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startBrowser } from './host.ts';

test("in a real page the window gets its port, sends columns alone, and hears of the host's end", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'visage-ports-'));
  const { build } = await import('vite');
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: folder,
      lib: {
        entry: join(import.meta.dirname, 'pages', 'ports.ts'),
        formats: ['iife'],
        name: 'ports',
        fileName: () => 'ports.js',
      },
    },
  });
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    await page.route('http://visage.test/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>ports</title>' }),
    );
    await page.goto('http://visage.test/');
    await page.addScriptTag({ content: readFileSync(join(folder, 'ports.js'), 'utf8') });
    const seen = await page.evaluate(() =>
      (window as unknown as { exchange(): Promise<unknown> }).exchange(),
    );
    expect(seen).toEqual({
      early: { type: 'push', topic: 'early', value: null },
      faces: [8, 9],
      kind: 'Int32Array',
      bytes: 8,
      closed: 'the host closed it',
    });
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
