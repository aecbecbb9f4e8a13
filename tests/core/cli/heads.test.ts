import { afterEach, expect, test } from 'vitest';
import { type LabelledProject, labelledProject } from '../jobs/labelled-project.ts';
import { run } from './run.ts';

let made: LabelledProject | undefined;
afterEach(() => {
  made?.remove();
  made = undefined;
});

const visage = (...words: string[]) => run(words);

test('train, apply and evaluate from the command line', async () => {
  made = labelledProject(300, ([age, gender, race], i) => (i < 200 ? [age, gender, race] : []));
  made.project.close();
  const features = ['--features', 'drawn:embedding'];
  const trained = await visage('heads', made.path, ...features, '--json');
  expect(trained.err).toBe('');
  expect(trained.code).toBe(0);
  expect(trained.json).toMatchObject({
    race: { faces: 200, folds: 5, accuracy: expect.any(Number), balancedAccuracy: expect.any(Number) },
    yaw: { accuracy: null, reason: expect.stringContaining('At least two values') },
    model: { name: expect.stringMatching(/^heads:drawn:embedding#[0-9a-f]{8}$/) },
  });

  const evaluated = await visage(
    'heads',
    made.path,
    'evaluate',
    ...features,
    '--attribute',
    'race',
    '--folds',
    '4',
  );
  expect(evaluated.out).toMatch(
    /^race: \d+\.\d % right, balanced \d+\.\d % \(majority alone \d+\.\d %\); 200 faces, 4 folds/,
  );
  expect(evaluated.out).not.toContain('Stored');

  const applied = await visage('heads', made.path, 'apply', ...features);
  expect(applied.out).toContain('race: 100 faces labelled, mean confidence ');
  expect(applied.out).toContain('(200 have a trusted label)');
  expect(applied.code).toBe(0);
});

test('wrong use is exit code 2, failed work 1, each in a sentence', async () => {
  made = labelledProject(30, ([age]) => [age]);
  made.project.close();
  const { path } = made;
  const features = ['--features', 'drawn:embedding'];
  expect(await visage('heads', path)).toMatchObject({ code: 2 });
  expect(await visage('heads', path, 'guess', ...features)).toMatchObject({
    code: 2,
    err: "'guess' is no action; allowed: train, evaluate, apply.\n",
  });
  expect(await visage('heads', path, ...features, '--attribute', 'size')).toMatchObject({ code: 2 });
  expect(await visage('heads', path, ...features, '--folds', 'five')).toMatchObject({
    code: 2,
    err: "'five' is no number for --folds.\n",
  });
  expect(await visage('heads', path, '--features', 'none')).toMatchObject({ code: 1 });
  const impossible = await visage('heads', path, ...features, '--attribute', 'yaw');
  expect(impossible.code).toBe(1);
  expect(impossible.err).toContain('There is too little to learn from. yaw: ');
  expect((await visage('heads', '--help')).out).toContain('Examples:');
});
