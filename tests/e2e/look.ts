// Takes screenshots of views for people to look at: node tests/e2e/look.ts PROJECT OUT [route …]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openWindow, startBrowser, startHost } from './host.ts';

const [project, out, ...routes] = process.argv.slice(2);
if (project === undefined || out === undefined) {
  console.error('Use: node tests/e2e/look.ts PROJECT OUT [route …], e.g. … cohorts map annotate');
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const host = await startHost([project]);
const browser = await startBrowser();
try {
  for (const [width, height] of [
    [1280, 800],
    [1920, 1080],
  ]) {
    for (const theme of ['light', 'dark'] as const) {
      const { page, context, errors } = await openWindow(browser, host.address, { width, height, theme });
      await page.waitForURL(/#\/cohorts/);
      for (const route of routes.length > 0 ? routes : ['cohorts', 'map']) {
        await page.goto(`${new URL(host.address).origin}/#/${route}`);
        await page.waitForLoadState('networkidle');
        await page.waitForTimeout(900);
        await page.screenshot({ path: join(out, `${route.replaceAll('/', '-')}-${width}-${theme}.png`) });
      }
      for (const error of errors) console.error(`${width} ${theme}: ${error}`);
      await context.close();
    }
  }
} finally {
  await browser.close();
  await host.stop();
}
