import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { Random } from '../../../core/foundation/random.ts';
import { decodeModel, encodeModel, toBigInt, toInt64 } from '../../../core/graph/messages.ts';
import { Model } from '../../../core/graph/model.ts';
import { difference } from './python.ts';
import { haveWeights, NETWORKS, runModel, WEIGHTS } from './runtime.ts';

describe.skipIf(!haveWeights)('real networks (../shared/assets/weights)', () => {
  test.each(NETWORKS)('%s gives the same numbers after reading and writing', async (name) => {
    const bytes = readFileSync(join(WEIGHTS, name));
    const model = Model.decode(bytes, name);
    const random = new Random(3);
    const input = model.graph.fedInputs()[0];
    const dims = (input.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 1));
    const size = dims.reduce((a, b) => a * b, 1);
    const feeds = {
      [input.name]: { data: Float32Array.from({ length: size }, () => random.normal()), dims },
    };
    const before = await runModel(bytes, feeds);
    const after = await runModel(model.encode(), feeds);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [key, { data }] of Object.entries(before)) expect(difference(after[key].data, data)).toBe(0);
    // What is written once is written the same again.
    const written = model.encode();
    expect(Buffer.compare(Model.decode(written).encode(), written)).toBe(0);
  });

  test('weights are views of the file, not copies', () => {
    const bytes = readFileSync(join(WEIGHTS, 'mobilefacenet_foamliu.onnx'));
    const model = Model.decode(bytes);
    const largest = [...model.graph.initialisers.values()].sort((a, b) => b.size - a.size)[0];
    expect(largest.message.rawData?.buffer).toBe(bytes.buffer);
  });
});

test('every field that the file format has survives, and fields that it does not have yet', () => {
  const tensor = {
    name: 'w',
    dims: [toInt64(1)],
    dataType: 1,
    dataLocation: 1,
    externalData: [
      { key: 'location', value: 'w.bin' },
      { key: 'offset', value: '4096' },
    ],
    docString: 'a weight',
  };
  const message = {
    irVersion: toInt64(10),
    producerName: 'test',
    domain: 'org.example',
    modelVersion: toInt64(7),
    opsetImport: [{ version: toInt64(21) }, { domain: 'ai.onnx.ml', version: toInt64(3) }],
    metadataProps: [{ key: 'author', value: 'ä' }],
    functions: [
      {
        name: 'f',
        domain: 'local',
        input: ['a'],
        output: ['b'],
        node: [{ opType: 'Relu', input: ['a'], output: ['b'] }],
      },
    ],
    trainingInfo: [{ updateBinding: [{ key: 'w', value: 'w2' }] }],
    configuration: [{ name: 'two', numDevices: 2, device: ['a', 'b'] }],
    graph: {
      name: 'g',
      node: [
        {
          opType: 'Slice',
          name: 'cut',
          domain: '',
          overload: 'o',
          input: ['x', ''],
          output: ['y'],
          docString: 'documented',
          metadataProps: [{ key: 'k', value: 'v' }],
          attribute: [
            {
              name: 'ends',
              type: 7,
              ints: [toInt64(9223372036854775807n), toInt64(-1n)],
              docString: 'to the end',
            },
            { name: 'zero', type: 2, i: toInt64(0) },
            { name: 'none', type: 7, ints: [] },
            { name: 'alpha', type: 1, f: 0.5 },
            { name: 'mode', type: 3, s: Buffer.from('linear') },
            { name: 'shape', type: 13, tp: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } },
            { name: 'sparse', type: 11, sparseTensor: { values: { name: 's' }, dims: [toInt64(5)] } },
            { name: 'ref', type: 1, refAttrName: 'outer' },
            {
              name: 'body',
              type: 5,
              g: { name: 'inner', node: [{ opType: 'Identity', input: ['x'], output: ['z'] }] },
            },
          ],
        },
      ],
      initializer: [tensor],
      sparseInitializer: [
        { values: { name: 'sp', dims: [toInt64(1)], dataType: 1, floatData: [2.5] }, dims: [toInt64(9)] },
      ],
      input: [
        {
          name: 'x',
          type: {
            tensorType: {
              elemType: 1,
              shape: { dim: [{ dimParam: 'N', denotation: 'DATA_BATCH' }, { dimValue: toInt64(0) }, {}] },
            },
            denotation: 'IMAGE',
          },
        },
        { name: 'm', type: { mapType: { keyType: 7, valueType: { tensorType: { elemType: 1 } } } } },
        { name: 'o', type: { optionalType: { elemType: { tensorType: { elemType: 9 } } } } },
      ],
      output: [{ name: 'y', docString: 'out' }],
      quantizationAnnotation: [
        { tensorName: 'w', quantParameterTensorNames: [{ key: 'SCALE_TENSOR', value: 's' }] },
      ],
      metadataProps: [{ key: 'graph', value: '1' }],
    },
  };
  // Field 300 of the model stands for a field of the future.
  const future = protobuf.Writer.create()
    .uint32((300 << 3) | 2)
    .string('later')
    .finish();
  const bytes = Buffer.concat([encodeModel(message as Parameters<typeof encodeModel>[0]), future]);
  const again = Model.decode(bytes).encode();
  const plain = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (_key, each: unknown) => {
        if (typeof each === 'object' && each !== null && 'low' in each && 'high' in each) {
          return String(toBigInt(each as { low: number; high: number; unsigned: boolean }));
        }
        return each;
      }),
    );
  expect(plain(decodeModel(again, 'again'))).toEqual(plain(decodeModel(bytes, 'before')));
  expect(Buffer.from(again).includes('later')).toBe(true);
  const node = Model.decode(again).graph.nodes[0];
  expect(node.attributes.get('ends')?.value).toEqual([9223372036854775807n, -1n]);
  expect(node.subgraphs()[0].nodes[0].opType).toBe('Identity');
});
