import { appendFileSync, existsSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Project } from '../../../core/project/project.ts';
import { python } from './python.ts';
import { projectOf, scratch } from './scratch.ts';

const folder = scratch();
let made = 0;
const fresh = (n = 8): Project => projectOf(join(folder, `${made++}.visage`), n);

const SET = {
  name: 'net:embedding',
  model: 'net',
  modelHash: 'abc123abc123',
  tap: 'embedding',
  dimensions: 3,
  kind: 'embedding',
  device: 'CPU',
};
const rows = (faces: readonly number[]): Float32Array =>
  Float32Array.from(faces.flatMap((face) => [face, face + 0.25, -face]));

const LOAD = `
import json, sys, numpy
m = numpy.load(sys.argv[1], mmap_mode='r'); f = numpy.load(sys.argv[1][:-4] + '.faces.npy', mmap_mode='r')
print(json.dumps([str(m.dtype), m.shape, m.tolist(), str(f.dtype), f.tolist()]))`;

describe('feature sets', () => {
  test('numpy reads them at any time, also while they grow', () => {
    const project = fresh();
    const appender = project.beginFeatureSet({ ...SET, layout: [{ name: 'stage1', experts: 4 }] });
    appender.append(Int32Array.of(5, 2), rows([5, 2]));
    const { file } = appender.set;
    expect(python(LOAD, file)).toEqual([
      'float32',
      [2, 3],
      [
        [5, 5.25, -5],
        [2, 2.25, -2],
      ],
      'int32',
      [5, 2],
    ]);
    appender.append(Int32Array.of(1), rows([1]));
    const set = appender.close();
    expect((python(LOAD, file) as unknown[])[4]).toEqual([5, 2, 1]);
    expect(set).toMatchObject({ rows: 3, name: SET.name, layout: [{ name: 'stage1', experts: 4 }] });
    expect(project.featureSet(SET.name)).toEqual(set);
    expect([...project.featureFaces(set)]).toEqual([5, 2, 1]);
    expect([...project.featureMatrix(set)]).toEqual([...rows([5, 2, 1])]);
    expect([...project.featureMatrix(set, Int32Array.of(1, 5, 2))]).toEqual([...rows([1, 5, 2])]);
    expect(() => project.featureMatrix(set, Int32Array.of(1, 3, 4))).toThrow(
      "Feature set 'net:embedding' has no row for 2 of 3 faces (3, 4)",
    );
    expect(project.verify()).toEqual([]);
    project.close();
  });

  test('an interrupted extraction goes on where it stopped', () => {
    let project = fresh();
    const first = project.beginFeatureSet(SET);
    first.append(Int32Array.of(1, 2), rows([1, 2]));
    const { file } = first.set;
    // As a killed process leaves it: rows on the disk that were never committed.
    appendFileSync(file, Buffer.alloc(7));
    appendFileSync(file.replace('.npy', '.faces.npy'), Buffer.alloc(4));
    const { path } = project;
    project.close();
    project = Project.open(path);
    expect(statSync(file).size).toBe(128 + 2 * 3 * 4);
    const again = project.beginFeatureSet(SET);
    expect([...again.facesWithRow]).toEqual([1, 2]);
    again.append(Int32Array.of(3), rows([3]));
    expect([...project.featureMatrix(again.close())]).toEqual([...rows([1, 2, 3])]);
    expect(project.verify()).toEqual([]);
    project.close();
  });

  test('another model, a second writer, a second row or a wrong size are refused', () => {
    const project = fresh();
    const appender = project.beginFeatureSet(SET);
    appender.append(Int32Array.of(1), rows([1]));
    expect(() => project.beginFeatureSet(SET)).toThrow('is being written already');
    expect(() => appender.append(Int32Array.of(1), rows([1]))).toThrow('second row');
    expect(() => appender.append(Int32Array.of(2, 2), rows([2, 2]))).toThrow('second row');
    expect(() => appender.append(Int32Array.of(2), rows([2, 3]))).toThrow('3, not 6');
    appender.close();
    expect(() => appender.append(Int32Array.of(2), rows([2]))).toThrow('was closed');
    expect(() => project.beginFeatureSet({ ...SET, modelHash: 'other' })).toThrow(
      'give the new one another name',
    );
    expect(() => project.featureSet('nix')).toThrow(
      "There is no feature set 'nix' in this project; known: 'net:embedding'.",
    );
    project.close();
  });

  test('names never leave the folder and never collide', () => {
    const project = fresh();
    const names = ['../../etc/passwd', '..', 'a/b', 'a:b', 'A?b', 'CON', 'ü ß 顔', '', '  '];
    const files = names.flatMap((name) => {
      try {
        return [project.beginFeatureSet({ ...SET, name }).close().file];
      } catch (thrown) {
        expect(String(thrown)).toContain('needs a name');
        return [];
      }
    });
    expect(files.length).toBe(names.length - 2);
    for (const file of files) expect(file).toBe(join(project.path, 'vectors', basename(file)));
    expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(files.length);
    project.close();
  });
});

describe('clusterings and projections', () => {
  const settings = { init: 'k-means++', seed: 1 };
  const clusteringOf = (featureSet: number, k: number) => ({
    name: 'k',
    featureSet,
    k,
    inertia: 1.5,
    iterations: 7,
    settings,
    device: 'CPU',
    seconds: 0.5,
  });

  test('are stored as int32 and float32 matrices that numpy reads', () => {
    const project = fresh();
    const set = project.beginFeatureSet(SET).close();
    const clustering = project.addClustering(
      clusteringOf(set.id, 2),
      Int32Array.of(1, 2, 3),
      Int32Array.of(0, 1, 0),
      Float32Array.of(1, 2, 3, 4, 5, 6),
    );
    expect(project.clustering('k')).toEqual(clustering);
    expect(clustering).toMatchObject({ k: 2, inertia: 1.5, settings });
    expect(project.clusteringData(clustering)).toEqual({
      faces: Int32Array.of(1, 2, 3),
      assignment: Int32Array.of(0, 1, 0),
      centroids: Float32Array.of(1, 2, 3, 4, 5, 6),
    });
    const read = python(
      `import json, sys, glob, numpy
print(json.dumps({f.split('/')[-1]: [str(numpy.load(f).dtype), numpy.load(f).shape] for f in glob.glob(sys.argv[1] + '/k.*.npy')}))`,
      join(project.path, 'vectors'),
    );
    expect(read).toEqual({
      'k.faces.npy': ['int32', [3]],
      'k.assignment.npy': ['int32', [3]],
      'k.centroids.npy': ['float32', [2, 3]],
    });
    const projection = project.addProjection(
      { name: 'map', featureSet: set.id, method: 'pca', settings: {}, seconds: 1 },
      Int32Array.of(3, 1),
      Float32Array.of(1, 2, 3, 4),
    );
    expect(project.projectionData(projection)).toEqual({
      faces: Int32Array.of(3, 1),
      xy: Float32Array.of(1, 2, 3, 4),
    });
    expect(project.projections()).toEqual([projection]);
    expect(project.verify()).toEqual([]);
    project.close();
  });

  test('made again under the same name they replace the old one and its scores', () => {
    const project = fresh();
    const set = project.beginFeatureSet(SET).close();
    const other = project.beginFeatureSet({ ...SET, name: 'other' }).close();
    const one = Int32Array.of(1);
    const first = project.addClustering(clusteringOf(set.id, 1), one, Int32Array.of(0), new Float32Array(3));
    expect(project.addScore(first.id, { purity: 1 })).toMatchObject({
      clustering: first.id,
      result: { purity: 1 },
    });
    expect(project.scores().length).toBe(1);
    const second = project.addClustering(
      clusteringOf(set.id, 1),
      one,
      Int32Array.of(0),
      new Float32Array(3).fill(2),
    );
    expect(project.clusterings()).toEqual([second]);
    expect(project.scores()).toEqual([]);
    expect([...project.clusteringData(second).centroids]).toEqual([2, 2, 2]);
    expect(readdirSync(join(project.path, 'vectors')).filter((name) => name.startsWith('k')).length).toBe(3);
    expect(() =>
      project.addClustering(clusteringOf(other.id, 1), one, Int32Array.of(0), new Float32Array(3)),
    ).toThrow("The name 'k' is taken");
    expect(() => project.clustering('nix')).toThrow(
      "There is no clustering 'nix' in this project; known: 'k'.",
    );
    expect(() => project.addScore(99, {})).toThrow('There is no clustering');
    expect(project.verify()).toEqual([]);
    project.close();
  });
});

describe('models and jobs', () => {
  test('a model is known by name, its folder moves with the project', () => {
    const project = fresh();
    const folderOfModel = join(project.path, 'models', 'net');
    const record = project.addModel({
      name: 'net',
      hash: 'abc',
      manifest: { input: [112, 112] },
      folder: folderOfModel,
    });
    expect(project.model('net')).toEqual(record);
    expect(record).toMatchObject({ folder: folderOfModel, manifest: { input: [112, 112] } });
    expect(() => project.addModel({ name: 'net', hash: 'xyz', manifest: {}, folder: folderOfModel })).toThrow(
      'with other content',
    );
    expect(() => project.addModel({ name: 'out', hash: 'x', manifest: {}, folder: '/elsewhere' })).toThrow(
      'outside',
    );
    expect(() => project.model('nix')).toThrow("There is no model 'nix' in this project; known: 'net'.");
    expect(project.verify()).toEqual([`The folder '${folderOfModel}' of model 'net' is missing.`]);
    project.close();
  });

  test('a job whose process died is found interrupted', () => {
    let project = fresh();
    const done = project.beginJob('embed', { model: 'net' });
    project.endJob(done, { state: 'done', result: { faces: 3 }, problem: null, device: 'CPU' });
    project.beginJob('cluster', { k: 3 });
    const { path } = project;
    project.close();
    project = Project.open(path);
    expect(project.jobs().map(({ kind, state }) => [kind, state])).toEqual([
      ['cluster', 'interrupted'],
      ['embed', 'done'],
    ]);
    expect(project.jobs(1)[0]).toMatchObject({ input: { k: 3 }, result: null, ended: null });
    project.close();
  });
});

describe('verify', () => {
  test('names files that are cut short, missing or left over', () => {
    const project = fresh();
    const appender = project.beginFeatureSet(SET);
    appender.append(Int32Array.of(1, 2), rows([1, 2]));
    const { file } = appender.close();
    truncateSync(file, 140);
    expect(project.verify()).toEqual([`'${file}' is cut short: 140 bytes of 152.`]);
    rmSync(file);
    expect(project.verify()).toEqual([`The file '${file}' is missing.`]);
    const stray = join(project.path, 'vectors', 'stray.npy');
    appendFileSync(stray, 'x');
    expect(project.verify()[1]).toBe(`'${stray}' belongs to no record of the project; it can be deleted.`);
    expect(existsSync(stray)).toBe(true);
    project.close();
  });
});
