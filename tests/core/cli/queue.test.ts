import { afterEach, expect, test } from 'vitest';
import { heads } from '../../../core/jobs/heads.ts';
import { type LabelledProject, labelledProject } from '../jobs/labelled-project.ts';
import { run } from './run.ts';

let made: LabelledProject | undefined;
afterEach(() => {
  made?.remove();
  made = undefined;
});

const visage = (...words: string[]) => run(words);

test('queues from the command line, as text and as JSON', async () => {
  made = labelledProject(300, ([age, gender], i) => (i < 200 ? [age, i === 9 ? 1 - gender : gender] : []));
  await heads(made.project, { features: 'drawn:embedding', action: 'train' });
  made.project.close();
  const { path } = made;
  const errors = await visage('queue', path, '--by', 'errors', '--attribute', 'gender', '--json');
  expect(errors).toMatchObject({ code: 0, err: '' });
  const items = errors.json.items as Record<string, unknown>[];
  expect(items[0]).toMatchObject({
    path: '9.png',
    attribute: 'gender',
    why: expect.stringMatching(/^Labelled '/),
  });

  const unsure = await visage('queue', path, '--by', 'uncertainty', '--measure', 'entropy', '--limit', '3');
  expect(unsure.out).toContain('3 of 200 are shown (--limit).');
  expect(unsure.out).toMatch(/\n0\.\d{3} {2}\d+ {2}\d+\.png {2}(age|gender): — → /);
});

test('wrong use is exit code 2, failed work 1, each in a sentence', async () => {
  made = labelledProject(30, ([age]) => [age]);
  made.project.close();
  const { path } = made;
  expect(await visage('queue', path)).toMatchObject({ code: 2 });
  expect(await visage('queue', path, '--by', 'beauty')).toMatchObject({
    code: 2,
    err: "'beauty' is not possible for --by; allowed: uncertainty, disagreement, errors, rarity.\n",
  });
  expect(await visage('queue', path, '--by', 'errors', '--limit', '0')).toMatchObject({
    code: 2,
    err: "'0' is not possible for --limit; allowed: whole numbers from 1.\n",
  });
  const none = await visage('queue', path, '--by', 'errors');
  expect(none.code).toBe(1);
  expect(none.err).toContain('Suspected errors rest on a head');
  expect((await visage('queue', path, '--by', 'disagreement')).out).toContain('Nothing needs a look.');
});
