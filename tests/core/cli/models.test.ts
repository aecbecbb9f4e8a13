import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import { Model } from '../../../core/graph/model.ts';
import { GraphTensor } from '../../../core/graph/tensor.ts';
import { modelForTask } from '../../../core/jobs/detection/models.ts';
import { checkManifest, saveManifest } from '../../../core/jobs/model-manifest.ts';
import { prepareStored } from '../../../core/models/prepare.ts';
import { Project } from '../../../core/project/project.ts';
import { haveWeights, runModel, WEIGHTS } from '../graph/runtime.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-models-'));
const path = join(folder, 'p.visage');
const file = join(folder, 'Small Net.onnx');

beforeAll(() => {
  Project.create(path).close();
  const b = new GraphBuilder('small');
  const x = b.input('image', [1, 3, 16, 16]);
  const w = b.constant('w', new Float32Array(64 * 3 * 9).fill(0.01), [64, 3, 3, 3]);
  const pooled = b.op('GlobalAveragePool', [b.op('Relu', [b.op('Conv', [x, w])], {}, 'stage')]);
  b.model([b.op('Reshape', [pooled, b.ints([1, -1])], {}, 'feature')]).write(file);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('visage models', () => {
  test('an unknown file gets a manifest from its graph, guesses named; its batch is freed and checked', async () => {
    const { code, json } = await run(['models', path, 'add', file, '--json']);
    expect(code).toBe(0);
    expect(json).toMatchObject({
      model: 'small-net',
      task: 'embedding',
      recognised: false,
      verified: false,
      batch: 'free',
    });
    expect(String(json.batchReason)).toMatch(
      /rewritten into a free one\. A run over 3 faces agreed with single runs/,
    );
    expect(String((json.remarks as string[])[0])).toMatch(/guesses.*preparation\.crop/s);
    const manifest = JSON.parse(readFileSync(String(json.manifest), 'utf8')) as Record<string, unknown>;
    expect(manifest).toMatchObject({ input: 'image', batch: 'fixed', hash: json.hash });

    // A corrected manifest counts once it is given, and stays when the file is added again without one.
    const corrected = join(folder, 'corrected.json');
    writeFileSync(corrected, JSON.stringify({ ...manifest, description: 'corrected', guesses: [] }));
    expect((await run(['models', path, 'add', file, '--manifest', corrected])).code).toBe(0);
    expect((await run(['models', path, 'add', file])).code).toBe(0);
    expect((await run(['models', path, 'list'])).out).toContain('corrected');
    const list = await run(['models', path, 'list', '--json']);
    expect((list.json.models as { name: string }[]).map(({ name }) => name)).toEqual(['small-net']);
    const taps = await run(['models', path, 'taps', 'small-net', '--op', 'Relu', '--json']);
    expect(taps.json.values).toEqual([
      { value: 'stage', node: 'stage', op: 'Relu', shape: ['N', 64, 14, 14], role: 'stage end' },
    ]);
  });

  test('a prepared model runs from its path with the outputs that it names', async () => {
    const project = Project.open(path);
    try {
      const prepared = prepareStored(project.model('small-net'), {
        taps: ['embedding', 'pooled', 'stage:max:l2'],
      });
      expect(prepared.batch).toBe('free');
      expect(prepared.inputName).toBe('image');
      expect(prepared.outputs.map(({ tap, dimensions, kind }) => [tap, dimensions, kind])).toEqual([
        ['embedding', 64, 'embedding'],
        ['pooled', 64, 'pooled'],
        ['stage_max_l2', 64, 'pooled'],
      ]);
      const found = await runModel(readFileSync(prepared.paths[0]), {
        image: { data: new Float32Array(4 * 768).fill(1), dims: [4, 3, 16, 16] },
      });
      expect(prepared.outputs.map(({ name }) => [...found[name].dims])).toEqual([
        [4, 64],
        [4, 64],
        [4, 64],
      ]);
      // The second time it is found, not made.
      writeFileSync(prepared.paths[0], 'kept');
      expect(
        prepareStored(project.model('small-net'), { taps: ['embedding', 'pooled', 'stage:max:l2'] }),
      ).toEqual(prepared);
      expect(readFileSync(prepared.paths[0], 'utf8')).toBe('kept');
      expect(prepareStored(project.model('small-net'), { freeBatch: false })).toMatchObject({ batch: 1 });
      expect(() => prepareStored(project.model('small-net'), { taps: ['nothing'] })).toThrow(
        /wants the value 'nothing'/,
      );
      expect(modelForTask(project, 'embedding', undefined).name).toBe('small-net');
      expect(() => modelForTask(project, 'detector', undefined)).toThrow(
        "has no model of task 'detector'; add one with: visage models P.visage add face-api-ssd (it comes with Visage)",
      );
    } finally {
      project.close();
    }
  });

  test('a file that is not what its manifest says needs --trust; another file may not take the name', async () => {
    const manifest = JSON.parse(readFileSync(join(path, 'models/small-net/manifest.json'), 'utf8')) as {
      files: { sha256: string }[];
    };
    manifest.files[0].sha256 = '0'.repeat(64);
    const wrong = join(folder, 'wrong.json');
    writeFileSync(wrong, JSON.stringify(manifest));
    const refused = await run(['models', path, 'add', file, '--manifest', wrong, '--name', 'trusted']);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/has the SHA-256 .* says 0000.*--trust/);
    const taken = await run([
      'models',
      path,
      'add',
      file,
      '--manifest',
      wrong,
      '--name',
      'trusted',
      '--trust',
      '--json',
    ]);
    expect(taken.json).toMatchObject({ model: 'trusted', verified: false });

    const other = join(folder, 'other.onnx');
    const model = Model.read(file);
    model.graph.initialisers.set('w', GraphTensor.of(new Float32Array(1728).fill(0.5), [64, 3, 3, 3], 'w'));
    model.write(other);
    const clash = await run(['models', path, 'add', other, '--name', 'small-net']);
    expect(clash.code).toBe(1);
    expect(clash.err).toMatch(/another model named 'small-net'.*--name/);
  });

  test('files that are no models leave nothing behind', async () => {
    const bad = join(folder, 'bad.onnx');
    writeFileSync(bad, readFileSync(file).subarray(0, 900));
    const short = await run(['models', path, 'add', bad]);
    expect(short.code).toBe(1);
    expect(short.err).toMatch(/bad\.onnx' is not a whole ONNX model \(900 bytes\)/);
    expect(existsSync(join(path, 'models/bad'))).toBe(false);
    const unknown = Model.read(file);
    unknown.graph.nodes[0].opType = 'Konv';
    unknown.write(bad);
    const operator = await run(['models', path, 'add', bad]);
    expect(operator.err).toMatch(/Konv 'conv' uses the operator 'Konv'/);
    expect((await run(['models', path, 'add'])).code).toBe(2);
    expect((await run(['models', path, 'remove'])).code).toBe(2);
    expect((await run(['models', '--help'])).out).toContain('Examples:');
  });
});

test('what a file holds, counted from how it was built', async () => {
  const { json, out } = await run(['models', path, 'show', 'small-net', '--json']);
  expect(json.graphs).toEqual([
    {
      file: 'Small Net.onnx',
      inputs: [{ name: 'image', type: 'float32', shape: [1, 3, 16, 16] }],
      outputs: [expect.objectContaining({ name: 'feature' })],
      nodes: 4,
      operators: ['Conv', 'GlobalAveragePool', 'Relu', 'Reshape'].map((name) => ({ name, count: 1 })),
      // The convolution's weights; the two integers of the new shape are none.
      parameters: 64 * 3 * 9,
      opset: 17,
      metadata: {},
    },
  ]);
  expect(out).toBeTruthy();
});

test('an edited manifest is held against schema and graph; everything wrong is said at once', () => {
  const project = Project.open(path);
  try {
    const stored = project.model('small-net').manifest as Record<string, unknown>;
    const bad = checkManifest(project, 'small-net', {
      ...stored,
      input: 'picture',
      outputs: [{ name: 'nothing', meaning: '' }],
      taps: [
        { name: 'a', values: ['stage'] },
        { name: 'a', values: ['nowhere'] },
      ],
    });
    expect(bad.problems).toEqual([
      "The network has no input 'picture'; it has: 'image'.",
      "The network has no output 'nothing'; it has: 'feature'.",
      "Two taps are called 'a'; features would have one name.",
      "The tap 'a' names the value 'nowhere', which the network does not have.",
    ]);
    expect(checkManifest(project, 'small-net', { ...stored, task: 'cooking' }).problems[0]).toMatch(
      /^'task': /,
    );
    expect(() => saveManifest(project, 'small-net', { ...stored, input: 'picture' })).toThrow(
      'was not saved',
    );
    const saved = saveManifest(project, 'small-net', {
      ...stored,
      name: 'another',
      description: 'edited',
      taps: [{ name: 'stage', values: ['stage'], pool: 'average', kind: 'pooled' }],
    });
    // The name belongs to the model's features, so a manifest does not change it.
    expect(saved).toMatchObject({ name: 'small-net', description: 'edited' });
    expect(prepareStored(project.model('small-net'), { taps: ['stage'] }).outputs[0].dimensions).toBe(64);
  } finally {
    project.close();
  }
});

describe.skipIf(!haveWeights)('real networks (../shared/assets/weights)', () => {
  test('known files are recognised by content, whatever they are called', async () => {
    const renamed = join(folder, 'renamed.onnx');
    copyFileSync(join(WEIGHTS, 'mobilefacenet_foamliu.onnx'), renamed);
    const { json } = await run(['models', path, 'add', renamed, '--json']);
    expect(json).toMatchObject({ model: 'mobilefacenet', recognised: true, verified: true, batch: 'free' });
    const pair = await run([
      'models',
      path,
      'add',
      join(WEIGHTS, 'fsanet-var-iter-688590.onnx'),
      join(WEIGHTS, 'fsanet-1x1-iter-688590.onnx'),
      '--json',
    ]);
    expect(pair.json).toMatchObject({ model: 'fsanet', verified: true });
    const ages = await run(['models', path, 'add', join(WEIGHTS, 'faceapi_age_gender'), '--json']);
    expect(ages.json).toMatchObject({ model: 'age-gender', task: 'age-gender', batch: 'free' });
    const project = Project.open(path);
    try {
      const prepared = prepareStored(project.model('mobilefacenet'), { taps: ['embedding', 'pooled'] });
      expect(prepared.outputs.map(({ dimensions }) => dimensions)).toEqual([128, 64 + 128 + 128]);
      expect(prepareStored(project.model('fsanet')).paths).toHaveLength(2);
    } finally {
      project.close();
    }
  });
});
