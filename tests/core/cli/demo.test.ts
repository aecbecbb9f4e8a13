import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../project/scratch.ts';
import { run } from './run.ts';

const folder = join(scratch(), 'demo');
const demo = (...more: string[]) =>
  run(['demo', folder, '--faces', '200', '--identities', '40', '--json', ...more]);

test('the demo reaches a finished project, goes on where it was cut off, and is only reported when it stands', async () => {
  const first = await demo();
  expect(first.err).toBe('');
  expect(first).toMatchObject({ code: 0, json: { faces: 200, identities: 40 } });
  const {
    project,
    export: exported,
    scores,
    verification,
    features,
    images,
  } = first.json as Record<string, never>;
  expect(features).toEqual([
    { name: 'condface-demo:embedding', dimensions: 128 },
    { name: 'condface-demo:pooled', dimensions: 224 },
    { name: 'condface-demo:routing', dimensions: 96 },
    { name: 'condface-demo:clusters', dimensions: 300 },
    { name: 'dc-demo:embedding', dimensions: 128 },
    { name: 'dc-demo:routing', dimensions: 24 },
    { name: 'bl-demo:embedding', dimensions: 128 },
    { name: 'bl-demo:pooled', dimensions: 224 },
  ]);
  expect(scores).toHaveLength(7);
  // Trained networks tell people apart that they never saw; chance is 0.5.
  const verified: { model: string; auc: number }[] = verification;
  expect(verified.map(({ model }) => model)).toEqual(['condface-demo', 'dc-demo', 'bl-demo']);
  for (const { auc } of verified) expect(auc).toBeGreaterThan(0.8);
  for (const path of [project, exported])
    expect(await run(['verify', path, '--json'])).toMatchObject({ code: 0, json: { ok: true } });
  const cohorts = await run(['cohorts', project, '--json']);
  expect(cohorts.json).toMatchObject({ faces: 200 });

  // As if it had been cut off before the export.
  rmSync(exported, { recursive: true });
  const second = await demo();
  const steps = (second.json as { steps: { step: string; made: boolean }[] }).steps;
  expect(steps.find(({ step }) => step === 'extract features of condface-demo')?.made).toBe(false);
  expect(steps.find(({ step }) => step === 'export a balanced set')?.made).toBe(true);
  expect(existsSync(exported)).toBe(true);
  expect(second.json).toMatchObject({ images, scores, verification });

  const other = await run(['demo', folder, '--faces', '100', '--identities', '40']);
  expect(other).toMatchObject({ code: 1, out: '' });
  expect(other.err).toContain('holds synthetic faces of other settings');
}, 240_000);
