import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addEvaluation } from './evaluated.ts';
import { writeRuns } from './trained.ts';
import { type DemoWindow, openDemo } from './window.ts';

/** Pages that no entry of the side bar leads to. */
const DEEPER = [
  'clusters/CondFace%20routing%20k=30',
  'clusters/CondFace%20routing%20k=30/3',
  'face/7',
  'train?new=',
  'train?run=drawn',
  'train?run=broken',
  'train?compare=drawn,broken',
];

/** A fault of one kind with the places where it stands, short enough to read in a failed test. */
type Finding = { rule: string; impact: string; help: string; at: string[] };

async function findings(demo: DemoWindow): Promise<Finding[]> {
  // Not a script element: the page's own policy would refuse it.
  await demo.page.evaluate(axe.source);
  const { violations } = await demo.page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
    }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, help, nodes }) => ({
      rule: id,
      impact: impact ?? '',
      help,
      at: nodes.slice(0, 5).map(({ target, any }) => `${target.join(' ')}: ${any[0]?.message ?? ''}`),
    }));
}

/** What only long work makes. */
function prepare(project: string): void {
  addEvaluation(project);
  writeRuns(project);
}

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  let demo: DemoWindow;
  let views: string[];
  beforeAll(async () => {
    demo = await openDemo({ theme, prepare });
    views = await demo.page
      .locator('nav li a')
      .evaluateAll((links) => links.map((link) => (link.getAttribute('href') ?? '').replace(/^#\//, '')));
  });
  afterAll(() => demo.close());

  test('no view has a serious fault of accessibility', async () => {
    expect(views).toContain('cohorts');
    const found: Record<string, Finding[]> = {};
    for (const view of ['', ...views, ...DEEPER]) {
      await demo.go(view);
      await demo.page.waitForFunction(() => (document.querySelector('main')?.childElementCount ?? 0) > 0);
      await demo.page.waitForLoadState('networkidle');
      const faults = await findings(demo);
      if (faults.length > 0) found[view] = faults;
    }
    expect(found).toEqual({});
  });

  test('nor has the command palette or the list of shortcuts', async () => {
    await demo.go('cohorts');
    for (const keys of ['Control+k', '?']) {
      await demo.page.keyboard.press(keys);
      await demo.page.getByRole('dialog').waitFor();
      expect(await findings(demo)).toEqual([]);
      await demo.page.keyboard.press('Escape');
      await demo.page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  });
});
