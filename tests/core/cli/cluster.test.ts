import { afterAll, describe, expect, test } from 'vitest';
import { Project } from '../../../core/project/project.ts';
import { smallProject, visage } from '../clusters/small-project.ts';

const { path, remove } = smallProject();
afterAll(remove);

describe('visage cluster', () => {
  test('stores a clustering and prints what scripts rely on', async () => {
    const { code, json } = await visage('cluster', path, '--features', 'net:pooled', '--k', '6', '--json');
    expect(code).toBe(0);
    expect(json).toMatchObject({ clustering: 'net:pooled:k6:s0', k: 6, faces: 400, converged: true });
    expect(json.inertia).toBeGreaterThan(0);
    expect(json.iterations).toBeGreaterThan(0);
    expect(json.seconds).toBeGreaterThan(0);
    expect(json.device).toContain('CPU');
    const project = Project.open(path, { readOnly: true });
    const clustering = project.clustering('net:pooled:k6:s0');
    const data = project.clusteringData(clustering);
    expect(data.assignment.length).toBe(400);
    expect(data.centroids.length).toBe(6 * 12);
    expect(clustering.settings).toMatchObject({
      seed: 0,
      init: 'k-means++',
      metric: 'euclidean',
      sample: null,
    });
    expect(project.jobs(1)[0]).toMatchObject({ kind: 'cluster', state: 'done' });
    project.close();
  });

  test('clusters only the faces that are selected, under a name of its own', async () => {
    const { json } = await visage(
      ...['cluster', path, '--features', 'net:pooled', '--k', '3', '--source', 'first'],
      ...['--metric', 'cosine', '--init', 'random', '--restarts', '2', '--name', 'firsts', '--json'],
    );
    expect(json).toMatchObject({ clustering: 'firsts', faces: 200, k: 3 });
    const { out } = await visage('cluster', path, '--list');
    expect(out).toContain('firsts  k = 3');
  });

  test.each([
    [['--k', '3'], 2, "'--features F' is missing"],
    [['--features', 'net:pooled'], 2, "'--k N' is missing"],
    [['--features', 'net:pooled', '--k', 'many'], 2, "'--k many' is not allowed"],
    [['--features', 'net:pooled', '--k', '3', '--metric', 'l1'], 2, 'euclidean, cosine'],
    [['--features', 'net:pooled', '--k', '401'], 1, 'needs at least 401 faces; these features have 400'],
    [['--features', 'other', '--k', '3'], 1, "There is no feature set 'other'"],
    [['--features', 'net:pooled', '--k', '3', '--source', 'third'], 1, 'third'],
  ])('%j is refused', async (words, code, sentence) => {
    const run = await visage('cluster', path, ...words);
    expect(run.err).toContain(sentence);
    expect(run.code).toBe(code);
    expect(run.out).toBe('');
  });
});
