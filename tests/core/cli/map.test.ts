import { afterAll, describe, expect, test } from 'vitest';
import { Project } from '../../../core/project/project.ts';
import { smallProject, visage } from '../clusters/small-project.ts';

const { path, remove } = smallProject();
afterAll(remove);

describe('visage map', () => {
  test.each([
    [['--method', 'pca'], 'net:pooled:pca'],
    [['--method', 'tsne', '--iterations', '300', '--perplexity', '20'], 'net:pooled:tsne:p20:s0'],
    [
      ['--method', 'umap', '--seed', '4', '--epochs', '60', '--metric', 'cosine'],
      'net:pooled:umap:n15:s4:cosine',
    ],
  ])('%j is stored', async (words, name) => {
    const { code, json, err } = await visage('map', path, '--features', 'net:pooled', ...words, '--json');
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(json).toMatchObject({ projection: name, faces: 400, method: words[1] });
    expect(json.seconds).toBeGreaterThan(0);
    const project = Project.open(path, { readOnly: true });
    const { xy, faces } = project.projectionData(project.projection(name));
    project.close();
    expect(faces.length).toBe(400);
    expect(xy.every(Number.isFinite)).toBe(true);
    const { out } = await visage('map', path, '--list');
    expect(out).toContain(name);
  });

  test.each([
    [[], 2, "'--features F' is missing"],
    [['--features', 'net:pooled', '--method', 'mds'], 2, 'tsne, umap, pca'],
    [
      ['--features', 'net:pooled', '--method', 'umap', '--perplexity', '9'],
      2,
      "'perplexity' is no setting of umap",
    ],
    [
      ['--features', 'net:pooled', '--method', 'pca', '--neighbours', '9'],
      2,
      "'neighbours' is no setting of pca",
    ],
    [['--features', 'net:pooled', '--perplexity', '400'], 1, 'needs more than 400 faces'],
    [['--features', 'net:pooled', '--method', 'umap', '--neighbours', '401'], 1, '401 neighbours'],
    [['--features', 'nothing'], 1, "There is no feature set 'nothing'"],
  ])('%j is refused', async (words, code, sentence) => {
    const run = await visage('map', path, ...words);
    expect(run.err).toContain(sentence);
    expect(run.code).toBe(code);
    expect(run.out).toBe('');
  });
});
