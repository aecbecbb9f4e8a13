import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Fault } from '../../../core/foundation/fault.ts';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import { checkModel } from '../../../core/graph/check.ts';
import { GraphNode } from '../../../core/graph/graph.ts';
import { Model } from '../../../core/graph/model.ts';
import { GraphTensor } from '../../../core/graph/tensor.ts';
import { runModel } from './runtime.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-graph-'));
afterAll(() => rmSync(folder, { recursive: true }));

function model(): Model {
  const b = new GraphBuilder('net');
  const x = b.input('x', ['N', 2, 4, 4]);
  return b.model([
    b.op('Conv', [x, b.constant('w', new Float32Array(18).fill(1), [1, 2, 3, 3])], {}, 'conv'),
  ]);
}

/** The sentence of the fault. */
function faultOf(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.message;
    throw thrown;
  }
  return 'no fault';
}

describe('bad models', () => {
  test('cut short anywhere: a fault, never a crash', () => {
    const bytes = model().encode();
    let faults = 0;
    for (let length = 0; length < bytes.length; length++) {
      const message = faultOf(() => checkModel(Model.decode(bytes.subarray(0, length), 'short.onnx')));
      if (message === 'no fault') continue;
      expect(message).toContain("'short.onnx'");
      faults++;
    }
    // A cut between two top-level fields can leave a smaller whole model; anything else must be noticed.
    expect(faults).toBeGreaterThan(bytes.length - 10);
  });

  test('files that are none: text, zeros, a PyTorch archive, an empty file', () => {
    for (const text of [
      'hello, this is not a model',
      '\0'.repeat(64),
      'PK\u0003\u0004archive/data.pkl',
      '',
    ]) {
      const path = join(folder, 'none.onnx');
      writeFileSync(path, text);
      expect(faultOf(() => Model.read(path))).toMatch(/not (an|a whole) ONNX model/);
    }
    expect(faultOf(() => Model.read(join(folder, 'absent.onnx')))).toMatch(
      /absent\.onnx' cannot be read: there is no such file or folder \(ENOENT\)/,
    );
  });

  test('an unknown operator is named with its node', () => {
    const bad = model();
    bad.graph.nodes[0].opType = 'Convolve';
    expect(faultOf(() => checkModel(bad))).toBe(
      "'net' cannot be used: Convolve 'conv' uses the operator 'Convolve', which ONNX does not have (opset 17).",
    );
    bad.graph.nodes[0].opType = 'Conv';
    bad.graph.nodes[0].domain = 'org.example';
    expect(faultOf(() => checkModel(bad))).toMatch(
      /of the domain 'org.example', which no device here can run/,
    );
  });

  test('a wrong shape is named with its node', () => {
    const bad = model();
    bad.graph.inputs[0] = bad.graph.inputs[0].withShape(['N', 3, 4, 4]);
    expect(faultOf(() => checkModel(bad))).toMatch(/Conv 'conv' takes 2 channels .* its input has 3/);
    const small = model();
    small.graph.inputs[0] = small.graph.inputs[0].withShape(['N', 2, 2, 4]);
    expect(faultOf(() => checkModel(small))).toMatch(/Conv 'conv' has a window of 3 on a padded input of 2/);
    const declared = model();
    declared.graph.outputs[0] = declared.graph.outputs[0].withShape(['N', 1, 3, 3]);
    expect(faultOf(() => checkModel(declared))).toMatch(/declared N×1×3×3, but the graph gives N×1×2×2/);
  });

  test('constants, values and names that do not fit', () => {
    const short = model();
    short.graph.initialisers.set(
      'w',
      new GraphTensor({ name: 'w', dims: [1, 2, 3, 3], dataType: 1, rawData: new Uint8Array(71) }),
    );
    expect(faultOf(() => checkModel(short))).toMatch(
      /Tensor 'w' of shape \[1, 2, 3, 3\] needs 72 bytes, but holds 71/,
    );
    const missing = model();
    missing.graph.nodes[0].inputs[1] = 'v';
    expect(faultOf(() => checkModel(missing))).toMatch(/Conv 'conv' takes 'v', which nothing gives/);
    const twice = model();
    twice.graph.nodes.push(GraphNode.of('Relu', ['x'], ['conv'], {}, 'again'));
    expect(faultOf(() => checkModel(twice))).toMatch(
      /'conv' is given twice, the second time by Relu 'again'/,
    );
  });

  test('external data stays inside the model’s folder, and is read from there', async () => {
    const outside = new GraphTensor(
      {
        name: 'w',
        dims: [1],
        dataType: 1,
        dataLocation: 1,
        externalData: [{ key: 'location', value: '../secret' }],
      },
      folder,
    );
    expect(faultOf(() => outside.elements())).toMatch(
      /'..\/secret', which is not a file inside the model's own folder/,
    );
    const kept = model();
    writeFileSync(
      join(folder, 'w.bin'),
      Buffer.concat([Buffer.alloc(8), Buffer.from(new Float32Array(18).fill(2).buffer)]),
    );
    kept.graph.initialisers.set(
      'w',
      new GraphTensor(
        {
          name: 'w',
          dims: [1, 2, 3, 3],
          dataType: 1,
          dataLocation: 1,
          externalData: [
            { key: 'location', value: 'w.bin' },
            { key: 'offset', value: '8' },
            { key: 'length', value: '72' },
          ],
        },
        folder,
      ),
    );
    kept.write(join(folder, 'kept.onnx'));
    const read = Model.read(join(folder, 'kept.onnx'));
    checkModel(read);
    read.inlineExternal();
    const { conv } = await runModel(read.encode(), {
      x: { data: new Float32Array(32).fill(1), dims: [1, 2, 4, 4] },
    });
    expect(Array.from(conv.data)).toEqual([36, 36, 36, 36]);
  });
});
