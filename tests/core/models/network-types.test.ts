import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StartedEngine, startEngine } from '../../../core/engine/client.ts';
import { Random } from '../../../core/foundation/random.ts';
import { GraphBuilder, type Handle } from '../../../core/graph/builder.ts';
import type { ElementType } from '../../../core/graph/elements.ts';
import { GraphNode, ValueInfo } from '../../../core/graph/graph.ts';
import { Model } from '../../../core/graph/model.ts';
import { GraphTensor } from '../../../core/graph/tensor.ts';
import { embed } from '../../../core/jobs/embed.ts';
import { saveManifest } from '../../../core/jobs/model-manifest.ts';
import { type AddModelResult, addModel } from '../../../core/jobs/models.ts';
import type { Manifest } from '../../../core/models/manifest.ts';
import { prepareStored } from '../../../core/models/prepare.ts';
import { Project } from '../../../core/project/project.ts';
import { run } from '../cli/run.ts';
import { haveWeights, WEIGHTS } from '../graph/runtime.ts';
import { scratch } from '../project/scratch.ts';
import { cosine, elements, inType, takingPixels } from './typed-networks.ts';

const SIDE = 16;
const FACES = 5;
const folder = scratch();
const path = join(folder, 'P.visage');
let project: Project;
let engine: StartedEngine;

beforeAll(async () => {
  const images = join(folder, 'pictures');
  mkdirSync(images);
  const random = new Random(5);
  for (let i = 0; i < FACES; i++) {
    const data = Buffer.from(Array.from({ length: 3 * SIDE * SIDE }, () => random.below(256)));
    await sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .png()
      .toFile(join(images, `${i}.png`));
  }
  for (const words of [
    ['new', path],
    ['import', path, images, '--format', 'folder'],
  ]) {
    const { code, err } = await run(words);
    if (code !== 0) throw new Error(err);
  }
  project = Project.open(path);
  engine = startEngine();
});
afterAll(async () => {
  await engine.close();
  project.close();
});

const scales = { mean: 127.5, std: 127.5 };

/** 64 numbers of a picture: a convolution with seeded weights, PReLU, means of quarters. */
function network(side = SIDE, batch: number | 'N' = 'N', slopes = [8, 1, 1]): Model {
  const random = new Random(11);
  const drawn = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal() / 4);
  const b = new GraphBuilder('typed', 13);
  const x = b.input('input', [batch, 3, side, side]);
  const conv = b.op('Conv', [x, b.constant('w', drawn(8 * 27), [8, 3, 3, 3]), b.constant('b', drawn(8))], {
    pads: [1, 1, 1, 1],
  });
  const active = b.op('PRelu', [conv, b.constant('slope', drawn(8), slopes)]);
  const pooled = b.op('AveragePool', [active], {
    kernel_shape: [side / 2, side / 2],
    strides: [side / 2, side / 2],
  });
  const flat = b.op('Flatten', [pooled], { axis: 1 });
  return b.model([
    b.op(
      'Gemm',
      [flat, b.constant('m', drawn(32 * 64), [32, 64]), b.constant('n', drawn(64))],
      {},
      'embedding',
    ),
  ]);
}

/** Adds a file as a user does, without a manifest. */
async function add(model: Model | Uint8Array, name: string): Promise<AddModelResult> {
  const file = join(folder, `${name}.onnx`);
  writeFileSync(file, model instanceof Model ? model.encode() : model);
  return addModel(project, engine, { files: [file] });
}

/** Embeds the project's pictures whole: without points there is nothing to align by. */
async function rows(name: string, tap = 'embedding'): Promise<Float32Array> {
  const manifest = project.model(name).manifest as Manifest;
  const crop = { kind: 'whole', fit: 'stretch' } as const;
  saveManifest(project, name, { ...manifest, preparation: { ...manifest.preparation, crop } });
  await embed(project, engine, { model: name, taps: [tap], device: 'cpu' });
  return project.featureMatrix(project.featureSet(`${name}:${tap}`));
}

let reference: Float32Array;
test('float32, channels first: the reference of the others', async () => {
  const { model } = await add(network(), 'reference');
  reference = Float32Array.from(await rows(model));
  expect(reference.length).toBe(FACES * 64);
});

/** Largest difference over all faces, relative to the largest number. */
function deviation(found: Float32Array): number {
  const largest = Math.max(...reference.map(Math.abs));
  return Math.max(...found.map((value, i) => Math.abs(value - reference[i]))) / largest;
}

const LAYOUTS = ['nchw', 'nhwc'] as const;
const PIXELS = ['uint8', 'int8', 'int32', 'uint16', 'int16', 'int64', 'uint32'] as const;
describe.each(LAYOUTS)('%s', (layout) => {
  test.each(PIXELS)('%s pixels', async (type) => {
    const offset = type === 'int8' ? 128 : 0;
    const made = takingPixels(network(), type, layout, { ...scales, offset });
    const { model } = await add(made, `${layout}-${type}`);
    const { preparation } = project.model(model).manifest as Manifest;
    expect(preparation).toMatchObject({ layout, mean: Array(3).fill(offset), std: [1, 1, 1] });
    expect(deviation(await rows(model))).toBeLessThan(1e-5);
  });

  test.each(['float32', 'float16', 'float64', 'bfloat16'] as const)(
    '%s pixels that it scales itself',
    async (type) => {
      const { model } = await add(takingPixels(network(), type, layout, scales), `${layout}-own-${type}`);
      expect((project.model(model).manifest as Manifest).preparation).toMatchObject({
        layout,
        mean: [0, 0, 0],
        std: [1, 1, 1],
      });
      expect(deviation(await rows(model))).toBeLessThan(1e-5);
    },
  );
});

// Rounding of the weights: 2⁻¹¹ and 2⁻⁸.
test.each([
  ['float16', 2e-3],
  ['bfloat16', 2e-2],
  ['float64', 1e-6],
] as const)('%s inside, in and out', async (type, tolerance) => {
  const { model, remarks } = await add(inType(network(), type), `inside-${type}`);
  expect(remarks.join()).toContain(`holds ${type}; it calculates in float32 here`);
  expect(deviation(await rows(model))).toBeLessThan(tolerance);
  // Values inside can be tapped too.
  const { values } = (await run(['models', path, 'taps', model, '--json'])).json as {
    values: { op: string }[];
  };
  expect(values.map(({ op }) => op)).toContain('Conv');
  expect((await rows(model, 'pooled')).every(Number.isFinite)).toBe(true);
});

/** Every weight of a network as int8 with its scale, its input and its first value as uint8: what quantising tools write. */
function quantised(from: 'float32' | 'uint8'): Model {
  const random = new Random(11);
  const drawn = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal() / 4);
  const b = new GraphBuilder('quantised', 13);
  const zero = b.constant('zero', Uint8Array.of(128), []);
  const none = b.constant('none', Int8Array.of(0), []);
  const step = b.scalar(1 / 127.5, 'step');
  const q = (x: Handle): Handle => b.op('QuantizeLinear', [x, step, zero]);
  const x = b.input('input', ['N', 3, SIDE, SIDE], from);
  const pixels = b.op('DequantizeLinear', [from === 'uint8' ? x : q(x), step, zero]);
  const weights = (name: string, values: Float32Array, dims: number[]): Handle => {
    const largest = Math.max(...values.map(Math.abs)) / 127;
    const whole = b.constant(
      name,
      Int8Array.from(values, (value) => Math.round(value / largest)),
      dims,
    );
    return b.op('DequantizeLinear', [whole, b.scalar(largest, `${name}.step`), none]);
  };
  const conv = b.op('Conv', [pixels, weights('w', drawn(8 * 27), [8, 3, 3, 3]), b.constant('b', drawn(8))], {
    pads: [1, 1, 1, 1],
  });
  const active = b.op('PRelu', [conv, b.constant('slope', drawn(8), [8, 1, 1])]);
  const pooled = b.op('AveragePool', [active], { kernel_shape: [8, 8], strides: [8, 8] });
  const flat = b.op('Flatten', [pooled], { axis: 1 });
  return b.model([
    b.op('Gemm', [flat, weights('m', drawn(32 * 64), [32, 64]), b.constant('n', drawn(64))], {}, 'embedding'),
  ]);
}

test.each(['float32', 'uint8'] as const)('quantised (QDQ) from %s', async (from) => {
  const { model } = await add(quantised(from), `qdq-${from}`);
  const found = await rows(model);
  for (let i = 0; i < FACES; i++) {
    expect(
      cosine(found.subarray(64 * i, 64 * (i + 1)), reference.subarray(64 * i, 64 * (i + 1))),
    ).toBeGreaterThan(0.999);
  }
});

describe('what the file leaves open is decided by a run on one picture', () => {
  /** The shape of the input undeclared but for its rank. */
  const opened = (model: Model): Model => {
    const { graph } = model;
    graph.inputs = graph.inputs.map((value) =>
      ValueInfo.tensor(value.name, value.elementType ?? 'float32', ['n', 'a', 'b', 'c']),
    );
    graph.outputs = graph.outputs.map((value) => ValueInfo.tensor(value.name, 'float32', ['n', 64]));
    return model;
  };
  test.each([
    ['nchw', 160],
    ['nhwc', 224],
  ] as const)('%s, %i pixels', async (layout, side) => {
    // A matrix behind it fits one size only.
    const base = network(side);
    const gemm = base.graph.nodes.find(({ opType }) => opType === 'Gemm') as GraphNode;
    expect(gemm).toBeDefined();
    const made = layout === 'nchw' ? base : takingPixels(base, 'uint8', 'nhwc', scales);
    const result = await add(opened(made), `open-${layout}`);
    const { preparation, guesses } = project.model(result.model).manifest as Manifest;
    expect(preparation).toMatchObject({ layout, size: [side, side] });
    expect(guesses.join()).toContain(`layout ${layout} and size ${side}×${side}: the file leaves the shape`);
    expect(JSON.parse(readFileSync(result.manifest, 'utf8'))).toMatchObject({
      preparation: { size: [side, side] },
    });
  });
});

describe('what MXNet exported', () => {
  test('slopes [C], spatial=0, constants among the inputs, a fixed batch: as PyTorch would', async () => {
    const made = network(SIDE, 1);
    const { graph } = made;
    const slope = graph.initialisers.get('slope') as GraphTensor;
    graph.initialisers.set('slope', slope.reshaped([8]));
    // BatchNormalization that changes nothing, over one number per channel.
    for (const [name, value] of [
      ['g', 1],
      ['o', 0],
      ['mu', 0],
      ['var', 1],
    ] as const) {
      graph.initialisers.set(name, GraphTensor.floats(Array(8).fill(value), name));
    }
    const at = graph.nodes.findIndex(({ opType }) => opType === 'PRelu');
    const [conv] = graph.nodes[at].inputs;
    graph.nodes[at].inputs[0] = 'normal';
    graph.nodes.splice(
      at,
      0,
      GraphNode.of('BatchNormalization', [conv, 'g', 'o', 'mu', 'var'], ['normal'], {
        spatial: 0,
        epsilon: { float: 0 },
      }),
    );
    made.opsets.set('', 8);
    for (const tensor of graph.initialisers.values()) {
      graph.inputs.push(ValueInfo.tensor(tensor.name, tensor.type, tensor.dims));
    }
    const { model, batch, remarks } = await add(made, 'mxnet');
    expect(batch).toBe('free');
    expect(remarks.join()).not.toContain('NaN');
    expect(deviation(await rows(model))).toBeLessThan(1e-5);
  });

  test('spatial=0 over every place becomes a product and a sum', async () => {
    const side = 4;
    const random = new Random(3);
    const drawn = (): Float32Array => Float32Array.from({ length: 48 }, () => 0.5 + random.uniform());
    const b = new GraphBuilder('places', 8);
    const x = b.input('input', ['N', 3, side, side]);
    const model = b.model([b.op('Flatten', [b.op('Identity', [x])], { axis: 1 }, 'y')]);
    const tensors = ['g', 'o', 'mu', 'var'].map((name) => GraphTensor.of(drawn(), [3, side, side], name));
    for (const tensor of tensors) model.graph.initialisers.set(tensor.name, tensor);
    const [identity] = model.graph.nodes;
    Object.assign(identity, { opType: 'BatchNormalization', inputs: ['input', 'g', 'o', 'mu', 'var'] });
    identity.set('spatial', 0);
    const { model: name } = await add(model, 'places');
    const found = prepareStored(project.model(name));
    expect(Model.read(found.paths[0]).graph.nodes.map(({ opType }) => opType)).toEqual([
      'Mul',
      'Add',
      'Flatten',
    ]);
  });

  test('a slope [C] behind channels that come last stays as it is, be there as many rows as channels', async () => {
    const b = new GraphBuilder('last', 13);
    const x = b.input('input', ['N', 3, 8, 8]);
    const eight = b.op('Conv', [x, b.constant('w', new Float32Array(24).fill(0.5), [8, 3, 1, 1])]);
    const last = b.op('Transpose', [eight], { perm: [0, 2, 3, 1] });
    const slope = b.constant(
      'slope',
      Float32Array.from({ length: 8 }, (_, i) => i),
    );
    const model = b.model([b.op('Flatten', [b.op('PRelu', [last, slope])], { axis: 1 }, 'y')]);
    const { model: name } = await add(model, 'last');
    const { graph } = Model.read(prepareStored(project.model(name)).paths[0]);
    expect(graph.initialisers.get('slope')?.dims).toEqual([8]);
  });
});

describe('what cannot run is refused by the name of its file, and leaves nothing', () => {
  const REFUSED: Record<string, [RegExp, () => Model | Uint8Array]> = {
    'a later opset': [
      /^The network 'refused\.onnx' cannot be loaded on CPU.*it uses opset 99 of ai\.onnx, and at most \d+ can be run: export it with an older opset\.$/,
      () => {
        const model = network();
        model.opsets.set('', 99);
        return model;
      },
    ],
    'a later IR version': [
      /'refused\.onnx' cannot be loaded on CPU.*its IR version is 99 and at most \d+ can be read/,
      // The first field of the file: IR version 8.
      () => {
        const bytes = network().encode();
        expect([...bytes.subarray(0, 2)]).toEqual([8, 8]);
        return Uint8Array.from([8, 99, ...bytes.subarray(2)]);
      },
    ],
    'an operator that nobody knows': [
      /refused\.onnx' cannot be used: .*'Frobnicate', which ONNX does not have/,
      () => {
        const model = network();
        model.graph.nodes[0].opType = 'Frobnicate';
        return model;
      },
    ],
    'a domain that nobody knows': [
      /refused\.onnx' cannot be used: .*of the domain 'mmdeploy', which no device here can run/,
      () => {
        const model = network();
        Object.assign(model.graph.nodes[0], { opType: 'NMS', domain: 'mmdeploy' });
        return model;
      },
    ],
    'an operator of a known domain that the runtime lacks': [
      /The network 'refused\.onnx' cannot be loaded on CPU/,
      () => {
        const model = network();
        model.graph.nodes[1].domain = 'com.microsoft';
        model.opsets.set('com.microsoft', 1);
        return model;
      },
    ],
    'several inputs': [
      /refused\.onnx' is not a network that takes one picture: its inputs are 'input' .*, 'mask'/,
      () => {
        const model = network();
        model.graph.inputs.push(ValueInfo.tensor('mask', 'float32', ['N', 1]));
        return model;
      },
    ],
    text: [
      /refused\.onnx' takes its picture as string; allowed: float16, bfloat16/,
      () => {
        const b = new GraphBuilder('text');
        return b.model([b.op('Identity', [b.input('input', ['N', 3, 8, 8], 'string')], {}, 'y')]);
      },
    ],
    'NaN among the weights': [
      /'refused\.onnx' has weights that are no numbers: 2 NaN in 'w' \(of 216\)\. For a picture the network gives NaN: 64 of 64 numbers of the output 'embedding'/,
      () => {
        const model = network();
        const w = model.graph.initialisers.get('w') as GraphTensor;
        const values = Float32Array.from(w.elements() as Float32Array);
        values[3] = Number.NaN;
        values[9] = Number.NaN;
        model.graph.initialisers.set('w', GraphTensor.of(values, w.dims, 'w'));
        // Mixed into everything, as in a deep network.
        return model;
      },
    ],
  };
  test.each(Object.entries(REFUSED))('%s', async (_, [sentence, make]) => {
    const before = readdirSync(join(path, 'models')).sort();
    await expect(add(make(), 'refused')).rejects.toThrow(sentence);
    expect(readdirSync(join(path, 'models')).sort()).toEqual(before);
    expect(project.models().map(({ name }) => name)).not.toContain('refused');
  });

  test('weights in a file that is not there, or is cut short', async () => {
    const model = network();
    const tensor = model.graph.initialisers.get('m') as GraphTensor;
    const entries = { location: 'far.onnx_data', offset: '0', length: String(4 * 32 * 64) };
    const { rawData: _, ...message } = tensor.message;
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    model.graph.initialisers.set('m', new GraphTensor({ ...message, externalData, dataLocation: 1 }, folder));
    const before = readdirSync(join(path, 'models')).sort();
    await expect(add(model, 'far')).rejects.toThrow(
      /far\.onnx' cannot be used: it keeps its weights \(such as 'm'\) in 'far\.onnx_data', which is not beside it\. Put that file into/,
    );
    writeFileSync(join(folder, 'far.onnx_data'), new Uint8Array(100));
    await expect(add(model, 'far')).rejects.toThrow(
      /'far\.onnx_data', which has 100 bytes only: the file is cut short/,
    );
    expect(readdirSync(join(path, 'models')).sort()).toEqual(before);
    const raw = tensor.elements() as Float32Array;
    writeFileSync(join(folder, 'far.onnx_data'), new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength));
    const { model: name } = await add(model, 'far');
    expect(deviation(await rows(name))).toBeLessThan(1e-6);
  });

  test('a scale that whole numbers cannot hold, by a manifest and by an edited one', async () => {
    const result = await add(takingPixels(network(), 'uint8', 'nchw', scales), 'scaled');
    const manifest = JSON.parse(readFileSync(result.manifest, 'utf8')) as Manifest;
    const wrong = {
      ...manifest,
      preparation: { ...manifest.preparation, mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
    };
    const file = join(folder, 'wrong.json');
    writeFileSync(file, JSON.stringify(wrong));
    const sentence =
      /takes uint8 \(0…255\), but mean 127\.5 and std 127\.5 make -1…1 of a picture; write mean 0 and std 1/;
    await expect(
      addModel(project, engine, { files: [join(folder, 'scaled.onnx')], manifest: file, name: 'wrong' }),
    ).rejects.toThrow(sentence);
    expect(() => saveManifest(project, 'scaled', wrong)).toThrow(sentence);
  });
});

describe('networks of other programs', () => {
  const head = (text: string): Buffer => Buffer.from(text, 'latin1');
  const header = Buffer.from('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  test.each([
    [
      'r50.pth',
      head('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'),
      /r50\.pth' is a checkpoint of PyTorch, not an ONNX file\. Convert it first: visage convert .*r50\.pth r50\.onnx/,
    ],
    ['a.ckpt', head('PK\x03\x04______archive/data.pkl'), /checkpoint of PyTorch.*visage convert/],
    ['renamed.onnx', head('PK\x03\x04______archive/data.pkl'), /renamed\.onnx' is a checkpoint of PyTorch/],
    [
      'w.safetensors',
      Buffer.concat([length, header, Buffer.alloc(4)]),
      /file of weights \(safetensors\).*visage convert/,
    ],
    ['k.h5', head('\x89HDF\r\n\x1a\nrest of it'), /model of Keras \(HDF5\).*tf2onnx\.convert --keras/],
    ['g.pb', head('\n\x10\n\x05input'), /graph of TensorFlow.*tf2onnx\.convert --graphdef/],
    ['l.tflite', head('\x1c\0\0\0TFL3'), /TensorFlow Lite.*--tflite/],
    ['m.params', head('\x12\x01'), /weights of MXNet.*export_model/],
  ])('%s', async (name, bytes, sentence) => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    await expect(addModel(project, engine, { files: [file] })).rejects.toThrow(sentence);
    expect(existsSync(join(path, 'models', 'r50'))).toBe(false);
  });
});

test('a folder of TensorFlow', async () => {
  mkdirSync(join(folder, 'saved'));
  writeFileSync(join(folder, 'saved', 'saved_model.pb'), '');
  await expect(addModel(project, engine, { files: [join(folder, 'saved')] })).rejects.toThrow(
    /saved' is a SavedModel of TensorFlow.*--saved-model/,
  );
});

test('several files of several types make one model', async () => {
  const files = [network(), takingPixels(network(), 'float16', 'nchw', { mean: 0, std: 1 })].map(
    (model, i) => {
      model.graph.inputs = model.graph.inputs.map(({ elementType, shape }) => {
        for (const node of model.graph.nodes) {
          node.inputs = node.inputs.map((name) => (name === 'pixels' ? 'input' : name));
        }
        return ValueInfo.tensor('input', elementType ?? 'float32', shape);
      });
      if (i === 1) {
        // The name of the picture is taken by what is behind it.
        for (const node of model.graph.nodes.slice(1)) {
          node.outputs = node.outputs.map((name) => (name === 'input' ? 'scaled' : name));
          if (node.opType === 'Conv') node.inputs[0] = 'scaled';
        }
      }
      model.write(join(folder, `both-${i}.onnx`));
      return join(folder, `both-${i}.onnx`);
    },
  );
  const { model } = await addModel(project, engine, { files, name: 'both' });
  expect(deviation(await rows(model))).toBeLessThan(2e-3);
});

test('denormal weights are 0 in what is run; the file stays what it was', async () => {
  const model = network();
  const w = model.graph.initialisers.get('w') as GraphTensor;
  const values = Float32Array.from(w.elements() as Float32Array);
  values.set([1e-39, -1e-44, 2 ** -126], 0);
  model.graph.initialisers.set('w', GraphTensor.of(values, w.dims, 'w'));
  const { model: name, remarks } = await add(model, 'denormal');
  expect(remarks.join()).toContain("2 weights of 'denormal.onnx' below 1.2e-38 count as 0");
  const prepared = Model.read(prepareStored(project.model(name)).paths[0]);
  const found = prepared.graph.initialisers.get('w')?.elements() as Float32Array;
  expect([...found.subarray(0, 4)]).toEqual([0, 0, 2 ** -126, values[3]]);
});

describe.skipIf(!haveWeights)('real networks (../shared/assets/weights)', () => {
  const real = 'mobilefacenet_foamliu';
  test('MobileFaceNet as float16: cosine ≥ 0.999 to float32’s', async () => {
    const file = join(WEIGHTS, `${real}.onnx`);
    await addModel(project, engine, { files: [file], name: real });
    const original = Float32Array.from(await rows(real));
    const { preparation } = project.model(real).manifest as Manifest;
    for (const type of ['float16', 'bfloat16'] as ElementType[]) {
      const { model } = await add(inType(Model.read(file), type), `${real}-${type}`);
      saveManifest(project, model, { ...(project.model(model).manifest as Manifest), preparation });
      const found = await rows(model);
      for (let i = 0; i < FACES; i++) {
        const pair = [found, original].map((all) => all.subarray(128 * i, 128 * (i + 1)));
        expect(cosine(pair[0], pair[1])).toBeGreaterThan(type === 'float16' ? 0.9999 : 0.99);
      }
    }
  });
});

test('halves are rounded to nearest', () => {
  expect([...elements([1 + 2 ** -9, 1 + 2 ** -7], 'bfloat16')]).toEqual([0x3f80, 0x3f81]);
});
