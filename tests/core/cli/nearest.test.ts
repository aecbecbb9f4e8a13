import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RoutingResult } from '../../../core/jobs/routing.ts';
import { Project } from '../../../core/project/project.ts';
import { python } from '../clusters/sklearn.ts';
import { smallProject, visage } from '../clusters/small-project.ts';

const { path, features, remove } = smallProject(120);
afterAll(remove);

/** Two places: one group of two experts, two groups of three; weights in eighths, which float32 holds exactly. */
const LAYOUT = [
  { name: 'stage2.block1', experts: 2, groups: 1 },
  { name: 'stage3.block1', experts: 3, groups: 2 },
];
const ROUTING = [
  [0.25, 0.75, 0.5, 0.25, 0.25, 0.125, 0.125, 0.75],
  [0.75, 0.25, 0.25, 0.5, 0.25, 0.625, 0.125, 0.25],
  [0.5, 0.5, 0.25, 0.25, 0.5, 0.25, 0.5, 0.25],
];

beforeAll(() => {
  const project = Project.open(path);
  const appender = project.beginFeatureSet({
    name: 'net:routing',
    model: 'net',
    modelHash: '0'.repeat(64),
    tap: 'routing',
    dimensions: 8,
    kind: 'routing',
    device: 'CPU',
    layout: LAYOUT,
  });
  appender.append(Int32Array.of(4, 9, 2), Float32Array.from(ROUTING.flat()));
  const set = appender.close();
  project.addClustering(
    {
      name: 'two',
      featureSet: set.id,
      k: 2,
      inertia: 0,
      iterations: 1,
      settings: {},
      device: 'CPU',
      seconds: 0,
    },
    Int32Array.of(4, 9, 2),
    Int32Array.of(1, 0, 1),
    new Float32Array(16),
  );
  project.close();
});

describe('visage nearest', () => {
  test('lists the faces of greatest cosine, as scikit-learn finds them', async () => {
    const project = Project.open(path, { readOnly: true });
    const set = project.featureSet(features);
    const faces = Array.from(project.featureFaces(set));
    const { file } = set;
    project.close();
    const expected = python<[number, number][]>(
      `
from sklearn.metrics.pairwise import cosine_similarity
x = np.load(given['file']).astype('float64')
row = given['faces'].index(7)
s = cosine_similarity(x[[row]], x)[0]
s[row] = -2
result = [[given['faces'][i], s[i]] for i in np.argsort(-s, kind='stable')[:5].tolist()]`,
      { file, faces },
    );
    const { json } = await visage('nearest', path, '7', '--features', features, '--count', '5', '--json');
    const nearest = json.nearest as { face: number; similarity: number }[];
    expect(nearest.map(({ face }) => face)).toEqual(expected.map(([face]) => face));
    nearest.forEach(({ similarity }, i) => {
      expect(similarity).toBeCloseTo(expected[i][1], 6);
    });
    const told = await visage('nearest', path, '7', '--features', features, '--count', '5');
    expect(told.out).toContain(`face ${expected[0][0]} `);
  });

  test.for([
    [['7'], "'--features F' is missing", 2],
    [['0', '--features', features], "'face 0' is not allowed", 2],
    [['7', '--features', 'nothing'], "'nothing'", 1],
    [['50', '--features', 'net:routing'], 'Face 50 has no row', 1],
  ] as const)('%j is refused', async ([words, sentence, code]) => {
    const refused = await visage('nearest', path, ...words);
    expect(refused.code).toBe(code);
    expect(refused.err).toContain(sentence);
  });
});

describe('visage routing', () => {
  test('gives weights by place, group and expert beside the means', async () => {
    const { json } = await visage('routing', path, '4', '--clustering', 'two', '--json');
    const result = json as unknown as RoutingResult;
    expect(result).toMatchObject({ face: 4, faces: 3, cluster: { clustering: 'two', cluster: 1, faces: 2 } });
    expect(result.places.map(({ name, groups }) => [name, groups.length])).toEqual([
      ['stage2.block1', 1],
      ['stage3.block1', 2],
    ]);
    const last = result.places[1].groups[1];
    expect(last.face).toEqual([0.125, 0.125, 0.75]);
    // (0.125 + 0.25) / 2 … of faces 4 and 2, and a third of all three.
    expect(last.cluster).toEqual([0.1875, 0.3125, 0.5]);
    last.all.forEach((weight, i) => {
      expect(weight).toBeCloseTo([1 / 3, 0.25, 1.25 / 3][i], 6);
    });
    expect((await visage('routing', path, '4')).out).toContain('stage3.block1 group 1:  0.125 0.125 0.750');
  });

  test.for([
    [['4', '--features', 'net:pooled'], 'are no routing vectors'],
    [['50'], 'Face 50 has no row'],
    [['4', '--clustering', 'none'], "'none'"],
  ] as const)('%j is refused', async ([words, sentence]) => {
    const refused = await visage('routing', path, ...words);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(sentence);
  });
});
