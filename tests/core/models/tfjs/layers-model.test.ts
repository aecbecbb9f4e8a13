import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layersModel } from '../../../../core/models/tfjs/layers-model.ts';
import { type LayersModelFile, readTensorflowModel } from '../../../../core/models/tfjs/model-file.ts';
import { runModel } from '../../graph/runtime.ts';
import { furthest, type PeerTensor, peer } from './peer.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-keras-'));
afterAll(() => rmSync(folder, { recursive: true }));

const inputShape = [12, 10, 3];
/** Models that together have every layer that is read. */
const MODELS: Record<string, [string, object][]> = {
  plain: [
    ['conv2d', { inputShape, filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }],
    ['batchNormalization', {}],
    ['depthwiseConv2d', { kernelSize: 3, depthMultiplier: 2, padding: 'valid', activation: 'elu' }],
    ['globalAveragePooling2d', {}],
    ['dense', { units: 5, activation: 'softmax' }],
  ],
  separable: [
    [
      'zeroPadding2d',
      {
        inputShape,
        padding: [
          [1, 0],
          [2, 1],
        ],
      },
    ],
    ['separableConv2d', { filters: 6, kernelSize: [3, 3], padding: 'same', activation: 'selu' }],
    ['maxPooling2d', { poolSize: 3, strides: 2, padding: 'same' }],
    ['prelu', {}],
    ['averagePooling2d', { poolSize: 2, padding: 'same' }],
    ['flatten', {}],
    ['dense', { units: 7, activation: 'tanh', useBias: false }],
  ],
  shapes: [
    ['conv2dTranspose', { inputShape, filters: 4, kernelSize: 3, strides: 2, padding: 'same' }],
    ['leakyReLU', { alpha: 0.1 }],
    ['upSampling2d', { size: [2, 1] }],
    ['conv2d', { filters: 3, kernelSize: 3, dilationRate: 2, activation: 'hardSigmoid' }],
    ['permute', { dims: [2, 1, 3] }],
    ['reLU', { maxValue: 0.5 }],
    ['reshape', { targetShape: [-1, 3] }],
  ],
  wide: [
    ['conv2d', { inputShape, filters: 4, kernelSize: 2, activation: 'softplus' }],
    ['dropout', { rate: 0.5 }],
    ['elu', {}],
    ['activation', { activation: 'sigmoid' }],
    ['globalMaxPooling2d', {}],
    ['batchNormalization', { scale: false }],
    ['dense', { units: 3, activation: 'swish' }],
    ['softmax', {}],
  ],
};

type Results = Record<string, { shape: number[]; input: number[]; output: PeerTensor }>;
const results: Results = {};
beforeAll(() => {
  Object.assign(results, peer<Results>({ kind: 'layers', folder, models: MODELS }));
});

test.each(Object.keys(MODELS))('%s: the same numbers as TensorFlow.js', async (name) => {
  const path = join(folder, `${name}.json`);
  const model = layersModel(readTensorflowModel(path) as LayersModelFile, path);
  const { shape, input, output } = results[name];
  const feeds = { [model.graph.inputs[0].name]: { data: Float32Array.from(input), dims: shape } };
  const [found] = Object.values(await runModel(model.encode(), feeds));
  expect(found.dims.map(Number)).toEqual(output.shape);
  expect(furthest(found.data as Float32Array, output.data)).toBeLessThan(1e-4);
});

test('a functional model with two branches, a nested model and a shared layer', async () => {
  // Written by hand: what Keras saves of a + conv(a), both through the same nested model.
  const shared = {
    class_name: 'Sequential',
    name: 'nested',
    config: {
      name: 'nested',
      layers: [
        { class_name: 'Dense', config: { name: 'half', units: 2, use_bias: false, activation: 'linear' } },
      ],
    },
    inbound_nodes: [[['pool', 0, 0, {}]], [['pool2', 0, 0, {}]]],
  };
  const layer = (kind: string, name: string, from: string[], config = {}) => ({
    class_name: kind,
    name,
    config: { name, ...config },
    inbound_nodes: from.length === 0 ? [] : [from.map((of) => [of, 0, 0, {}])],
  });
  const topology = {
    class_name: 'Functional',
    config: {
      name: 'net',
      layers: [
        layer('InputLayer', 'image', [], { batch_input_shape: [null, 2, 2, 2] }),
        layer('ReLU', 'positive', ['image']),
        layer('Add', 'twice', ['image', 'positive']),
        layer('GlobalAveragePooling2D', 'pool', ['twice']),
        layer('GlobalAveragePooling2D', 'pool2', ['image']),
        shared,
        {
          ...layer('Concatenate', 'both', []),
          inbound_nodes: [
            [
              ['nested', 0, 0, {}],
              ['nested', 1, 0, {}],
            ],
          ],
        },
      ],
      input_layers: [['image', 0, 0]],
      output_layers: [['both', 0, 0]],
    },
  };
  const path = join(folder, 'functional.json');
  writeFileSync(join(folder, 'functional.bin'), Buffer.from(Float32Array.of(0.5, 0, 0, 0.5).buffer));
  const weights = [{ name: 'nested/half/kernel', shape: [2, 2], dtype: 'float32' }];
  writeFileSync(
    path,
    JSON.stringify({
      modelTopology: { model_config: topology },
      weightsManifest: [{ paths: ['functional.bin'], weights }],
    }),
  );
  const model = layersModel(readTensorflowModel(path) as LayersModelFile, path);
  const data = Float32Array.of(1, -1, 3, -3, 1, -1, 3, -3);
  const { both } = await runModel(model.encode(), { image: { data, dims: [1, 2, 2, 2] } });
  // Means: channel 0 is 2, channel 1 is −2; with its positive part 4 and −2; halved.
  expect([...(both.data as Float32Array)]).toEqual([2, -1, 1, -1]);
});

test('a layer that is not known is named before anything is built', () => {
  const path = join(folder, 'plain.json');
  const json = JSON.parse(readFileSync(path, 'utf8'));
  const sequence = json.modelTopology.model_config ?? json.modelTopology;
  sequence.config.layers[1].class_name = 'LSTM';
  const other = join(folder, 'other.json');
  writeFileSync(other, JSON.stringify(json));
  expect(() => layersModel(readTensorflowModel(other) as LayersModelFile, other)).toThrow(
    /uses layers that are not known: 'LSTM'\. Known: Activation, Add,/,
  );
});
