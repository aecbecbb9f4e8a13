import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agreement } from '../../../core/clusters/metrics/agreement.ts';
import type { SimilarityHistogram } from '../../../core/clusters/profiles/centroid-similarity.ts';
import type { FullProfile } from '../../../core/jobs/clusters/profiles.ts';
import type { ScoreResult } from '../../../core/jobs/score.ts';
import { Project } from '../../../core/project/project.ts';
import { smallProject, visage } from '../clusters/small-project.ts';

const { path, remove } = smallProject();
afterAll(remove);
beforeAll(async () => {
  await visage('cluster', path, '--features', 'net:pooled', '--k', '6', '--name', 'six');
});

const scored = async (...words: string[]): Promise<ScoreResult> =>
  (await visage('score', path, ...words, '--json')).json as unknown as ScoreResult;

describe('visage score', () => {
  test('gives fractions per attribute beside chance, and stores them', async () => {
    const result = await scored();
    expect(result).toMatchObject({
      clustering: 'six',
      k: 6,
      faces: 400,
      permutations: 10,
      mean: 'arithmetic',
    });
    // The features were made from gender and yaw: six clusters, one per combination.
    expect(result.ami.gender).toBeGreaterThan(0.5);
    expect(result.ami.yaw).toBeGreaterThan(0.7);
    expect(Math.abs(result.ami.age ?? 1)).toBeLessThan(0.05);
    expect(result.purity.gender).toBe(1);
    expect(result.labelled).toMatchObject({ cohort: 200, race: 200, yaw: 400 });
    expect(Math.abs(result.chance?.ami.gender ?? 1)).toBeLessThan(0.05);
    const project = Project.open(path, { readOnly: true });
    expect(project.scores().at(-1)?.result).toEqual(result);
    const { faces, assignment } = project.clusteringData(project.clustering('six'));
    const yaw = project.labelTable(faces).values[4];
    expect(result.ami.yaw).toBe(agreement(yaw, assignment).ami);
    project.close();
  });

  test('one source, another mean, no chance level', async () => {
    const result = await scored(
      '--clustering',
      'six',
      '--source',
      'second',
      '--mean',
      'max',
      '--permutations',
      '0',
    );
    expect(result).toMatchObject({ faces: 200, source: 'second', mean: 'max', chance: null });
    expect(result.ami.race).toBeNull();
    expect(result.purity.strict).toBeNull();
  });

  test('profiles name clusters by what lifts, with exemplars and outliers', async () => {
    const { profiles } = (await scored('--profiles')) as ScoreResult & { profiles: FullProfile[] };
    expect(profiles.length).toBe(6);
    expect(profiles.reduce((sum, { size }) => sum + size, 0)).toBe(400);
    for (const { name, lifts, exemplars, outliers, majority } of profiles) {
      expect(name).toMatch(/(male|female).*yaw .*, [4-9]\.\d×|yaw .*(male|female).*, [4-9]\.\d×/);
      expect(lifts[0].sure).toBe(true);
      expect(exemplars.length).toBe(9);
      expect(exemplars[0].distance).toBeLessThan(exemplars[8].distance);
      expect(outliers[0].distance).toBeGreaterThan(exemplars[0].distance);
      expect(majority?.code).toMatch(/^\d{5}$/);
    }
  });

  test('the histogram counts every pair of centroids', async () => {
    const { centroidSimilarity } = (await scored('--histogram')) as ScoreResult & {
      centroidSimilarity: SimilarityHistogram;
    };
    expect(centroidSimilarity.counts.length).toBe(100);
    expect(centroidSimilarity.counts.reduce((a, b) => a + b)).toBe(15);
  });

  test('people get a table × 100, and a list of what was scored', async () => {
    const { out } = await visage('score', path, '--profiles', '--histogram');
    expect(out).toContain('cohort     age  gender    race   pitch     yaw');
    expect(out).toContain('by chance');
    expect(out).toContain('Cosine between centroids: 15 pairs');
    const list = await visage('score', path, '--list');
    expect(list.out.split('\n').length).toBeGreaterThan(4);
  });

  test.each([
    [['--clustering', 'seven'], 1, "There is no clustering 'seven'"],
    [['--clustering', 'six', '--mean', 'harmonic'], 2, 'arithmetic, max, min, geometric'],
    [['--clustering', 'six', '--permutations', '-1'], 2, "'--permutations -1' is not allowed"],
    [['--clustering', 'six', '--source', 'nobody'], 1, 'nobody'],
  ])('%j is refused', async (words, code, sentence) => {
    const run = await visage('score', path, ...words);
    expect(run.err).toContain(sentence);
    expect(run.code).toBe(code);
  });
});
