import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ATTRIBUTES } from '../../../core/attributes/attributes.ts';
import { Random } from '../../../core/foundation/random.ts';
import { openDifferences } from '../../../core/jobs/agreement/differences.ts';
import { agreement } from '../../../core/jobs/agreement.ts';
import type { Project } from '../../../core/project/project.ts';
import { python } from '../attributes/python.ts';
import { run } from '../cli/run.ts';
import { ANA, NET, projectOf, scratch } from '../project/scratch.ts';

const folder = scratch();
const BEN = { origin: 'human', name: 'ben' } as const;
const own = { kind: 'label', description: 'labels' };
const FACES = 200;
let made = 0;
let project: Project;
afterEach(() => project.close());

/** Ana and Ben over the same faces; about 30 % of Ben's values are drawn anew, some are 'unknown' or missing. */
function twoAnnotators(): { ana: number[][]; ben: number[][] } {
  const random = new Random(11);
  project = projectOf(join(folder, `${made++}.visage`), FACES);
  const said = { ana: [] as number[][], ben: [] as number[][] };
  ATTRIBUTES.forEach(({ values }, attribute) => {
    const ana = Array.from({ length: FACES }, () => random.below(values.length));
    const ben = ana.map((value) => {
      const draw = random.uniform();
      return draw < 0.1 ? -1 : draw < 0.4 ? random.below(values.length) : value;
    });
    said.ana.push(ana);
    said.ben.push(ben);
    const changes = (column: number[]) => column.map((value, i) => ({ face: i + 1, attribute, value }));
    project.label(changes(ana.map((value) => (value + 1) % values.length)), ANA, own);
    project.label(changes(ana), ANA, own);
    project.label(changes(ben).slice(20), BEN, own);
    project.label(changes(ana.map(() => 0)), NET, { kind: 'prelabel', description: 'a model' });
  });
  return said;
}

test('κ and per cent of two annotators equal scikit-learn, over the faces that both spoke of', () => {
  const { ana, ben } = twoAnnotators();
  const reference = python<{ kappa: number; agreement: number; confusion: number[][] }[]>(
    `
from sklearn.metrics import cohen_kappa_score, confusion_matrix
answer = []
for a, b, n in zip(*given):
    a, b = np.array(a)[20:], np.array(b)[20:]
    m = b >= 0
    answer.append({'kappa': cohen_kappa_score(a[m], b[m]), 'agreement': float((a[m] == b[m]).mean()),
                   'confusion': confusion_matrix(a[m], b[m], labels=range(n))})
`,
    [ana, ben, ATTRIBUTES.map(({ values }) => values.length)],
  );
  const { annotators, attributes } = agreement(project);
  expect(annotators).toEqual([
    { name: 'ana', labels: 5 * FACES, faces: FACES },
    {
      name: 'ben',
      labels: ben.flatMap((said) => said.slice(20)).filter((v) => v >= 0).length,
      faces: FACES - 20,
    },
  ]);
  attributes.forEach(({ pairs: [pair], agreement: equal, faces, alpha }, a) => {
    expect(pair.kappa).toBeCloseTo(reference[a].kappa, 12);
    expect(pair.agreement).toBeCloseTo(reference[a].agreement, 12);
    expect(equal).toBeCloseTo(reference[a].agreement, 12);
    expect(pair.confusion).toEqual(reference[a].confusion);
    expect(pair.faces).toBe(faces);
    // With two annotators and many faces the two coefficients differ by little (Krippendorff 2011).
    expect(Math.abs((alpha as number) - reference[a].kappa)).toBeLessThan(0.02);
  });
});

test('a decision closes a difference, is no judgement of its own, and a later judgement opens it again', () => {
  const { ana, ben } = twoAnnotators();
  const differing = (a: number): number[] =>
    ana[a].flatMap((value, i) => (i >= 20 && ben[a][i] >= 0 && ben[a][i] !== value ? [i + 1] : []));
  const before = agreement(project);
  expect(before.attributes.map(({ differing: n, open }) => [n, open])).toEqual(
    ATTRIBUTES.map((_, a) => [differing(a).length, differing(a).length]),
  );
  expect([...openDifferences(project, { attribute: 2 }).faces]).toEqual(differing(2));
  const face = differing(2)[0];
  const decision = { face, attribute: 2, value: ben[2][face - 1] };
  const batch = project.label([decision], ANA, { kind: 'reconcile', description: 'decided' });
  const after = agreement(project);
  expect(after.attributes[2]).toEqual({ ...before.attributes[2], open: before.attributes[2].open - 1 });
  expect([...openDifferences(project, { attribute: 2 }).faces]).not.toContain(face);
  project.undo(batch.id);
  expect([...openDifferences(project, { attribute: 2 }).faces]).toContain(face);
  project.redo(batch.id);
  project.label([{ face, attribute: 2, value: ana[2][face - 1] }], BEN, own);
  expect(agreement(project).attributes[2].differing).toBe(before.attributes[2].differing - 1);
  project.label([{ face, attribute: 2, value: ben[2][face - 1] }], BEN, own);
  expect([...openDifferences(project, { attribute: 2 }).faces]).toContain(face);
});

test('what is undone was not said', () => {
  project = projectOf(join(folder, `${made++}.visage`), 2);
  project.label([{ face: 1, attribute: 0, value: 1 }], ANA, own);
  project.label([{ face: 1, attribute: 0, value: 2 }], ANA, own);
  project.label([{ face: 1, attribute: 0, value: 2 }], BEN, own);
  expect(agreement(project).attributes[0]).toMatchObject({ faces: 1, agreement: 1, alpha: null });
  project.undo(2);
  expect(agreement(project).attributes[0]).toMatchObject({ faces: 1, agreement: 0, differing: 1 });
  const { faces, values, annotators } = project.personLabels('ana');
  expect([annotators, [...faces], [...values]]).toEqual([['ana'], [1], [1]]);
});

test('the command prints the same, and names an annotator who said nothing', async () => {
  twoAnnotators();
  const { seconds: _, ...expected } = agreement(project, { attributes: ['race'] });
  const { json, code } = await run([
    'agreement',
    project.path,
    '--attribute',
    'race',
    '--limit',
    '2',
    '--json',
  ]);
  expect(code).toBe(0);
  expect(json).toMatchObject(JSON.parse(JSON.stringify(expected)));
  expect(json.differences).toHaveLength(2);
  const text = await run(['agreement', project.path, '--attribute', 'race', '--limit', '2']);
  expect(text.out).toMatch(
    /race: 1\d\d faces by two or more, \d\d\.\d % equal, α 0\.\d{3}, \d+ differences open/,
  );
  expect(text.out).toContain('2 of ');
  const wrong = await run(['agreement', project.path, '--annotator', 'zoe']);
  expect(wrong).toMatchObject({
    code: 1,
    err: "No label stands by an annotator 'zoe'; allowed: ana, ben.\n",
  });
});
