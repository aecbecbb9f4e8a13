import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { startEngine } from '../../../../core/engine/client.ts';
import { probeModel } from '../../../../core/engine/ort/probe-model.ts';
import type { Placement, SessionInput, Tensor } from '../../../../core/engine/types.ts';
import { Fault } from '../../../../core/foundation/fault.ts';
import { GraphBuilder } from '../../../../core/graph/builder.ts';
import type { OpenInput } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-ort-'));
const engine = startEngine({ taskFolders: [fileURLToPath(new URL('.', import.meta.url))] });
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  placement: Placement;
  inputs: SessionInput[];
  outputs: string[];
  results: Record<string, Tensor>;
}
const open = (input: OpenInput): Promise<Opened> =>
  engine.run<OpenInput, Opened>(new URL('./open.ts', import.meta.url), input);

const faultOf = async (input: OpenInput): Promise<string> => {
  const thrown = await open(input).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(Fault);
  return (thrown as Fault).message;
};

const x: Tensor = { type: 'float32', dims: [4, 4], data: Float32Array.from({ length: 16 }, (_, i) => i) };

/** The probe's model with a text in it replaced by one of the same length. */
function edited(from: string, to: string): Uint8Array {
  const bytes = Buffer.from(probeModel());
  bytes.write(to, bytes.indexOf(from));
  return bytes;
}

describe('sessions', () => {
  test('run from a path and from bytes, with the same numbers', async () => {
    const path = join(folder, 'probe.onnx');
    writeFileSync(path, probeModel());
    const fromPath = await open({ model: path, device: 'cpu', feeds: { x } });
    const fromBytes = await open({ model: probeModel(), device: 'cpu', feeds: { x } });
    expect(fromPath.inputs).toEqual([{ name: 'x', type: 'float32', dims: [4, 4] }]);
    expect(fromPath.outputs).toEqual(['y']);
    // The first row of the product by hand: Σ k·(4k + j).
    expect([...fromPath.results.y.data].slice(0, 4)).toEqual([56, 62, 68, 74]);
    expect(fromBytes.results).toEqual(fromPath.results);
  });

  test('compute only the outputs that are wanted, and carry every element type', async () => {
    const b = new GraphBuilder('types');
    const input = b.input('input', [2]);
    const whole = b.op('Cast', [input], { to: 7 }, 'int64');
    const truth = b.op('Cast', [input], { to: 9 }, 'bool');
    const half = b.op('Cast', [input], { to: 10 }, 'float16');
    const double = b.op('Cast', [input], { to: 11 }, 'float64');
    const path = join(folder, 'types.onnx');
    b.model([whole, truth, half, double]).write(path);
    const feeds = { input: { type: 'float32' as const, dims: [2], data: Float32Array.of(0, 2.5) } };
    const { results } = await open({ model: path, device: 'cpu', feeds });
    expect(results).toEqual({
      int64: { type: 'int64', dims: [2], data: BigInt64Array.of(0n, 2n) },
      bool: { type: 'bool', dims: [2], data: Uint8Array.of(0, 1) },
      float16: { type: 'float32', dims: [2], data: Float32Array.of(0, 2.5) },
      float64: { type: 'float64', dims: [2], data: Float64Array.of(0, 2.5) },
    });
    const one = await open({ model: path, device: 'cpu', feeds, wanted: ['bool'] });
    expect(Object.keys(one.results)).toEqual(['bool']);
  });
});

describe('networks that cannot run are said in words', () => {
  test.each([
    [
      'cut short',
      { model: probeModel().subarray(0, 60), feeds: { x } },
      /not a whole ONNX model|cannot be loaded/,
    ],
    [
      'no ONNX',
      { model: Uint8Array.from(Buffer.from('<html></html>')), feeds: { x } },
      /not a whole ONNX model/,
    ],
    ['empty', { model: new Uint8Array(0), feeds: { x } }, /cannot be loaded/],
    [
      'unknown operator',
      { model: edited('MatMul', 'MutMul'), feeds: { x } },
      /operator 'MutMul', which ONNX Runtime does not know/,
    ],
    ['no such file', { model: join(folder, 'nowhere.onnx'), feeds: { x } }, /nowhere\.onnx' does not exist/],
    [
      'wrong shape',
      { model: probeModel(), feeds: { x: { ...x, dims: [2, 8] } } },
      /the input 'x' has a shape that it does not take \(.*dimension 0 is 2 and must be 4.*dimension 1 is 8 and must be 4/,
    ],
    [
      'wrong rank',
      { model: probeModel(), feeds: { x: { ...x, dims: [16] } } },
      /the input 'x' has 1 dimensions and must have 2/,
    ],
    [
      'wrong type',
      { model: probeModel(), feeds: { x: { type: 'int32', dims: [4, 4], data: new Int32Array(16) } } },
      /input 'x' is 'int32', but the network takes 'float32'/,
    ],
    [
      'values that do not fill the shape',
      { model: probeModel(), feeds: { x: { ...x, dims: [4, 5] } } },
      /has 16 values, but its shape \[4, 5\] has room for 20/,
    ],
    ['unknown input', { model: probeModel(), feeds: { z: x } }, /has no input 'z'; it has: x/],
    ['missing input', { model: probeModel(), feeds: {} }, /the input 'x' is missing/],
    ['unknown output', { model: probeModel(), feeds: { x }, wanted: ['q'] }, /has no output 'q'; it has: y/],
    ['no threads', { model: probeModel(), feeds: { x }, threads: 0 }, /'0' is not a number of threads/],
  ] as [string, OpenInput, RegExp][])('%s', async (_, input, sentence) => {
    const message = await faultOf({ device: 'cpu', ...input });
    expect(message).toMatch(sentence);
    expect(message).not.toMatch(/onnxruntime_src|ONNXRuntimeError|\n/);
  });
});

describe('placement', () => {
  test('every device has a name and a reason', async () => {
    const devices = await engine.devices();
    expect(devices.at(-1)).toMatchObject({ id: 'cpu', usable: true });
    for (const { name, reason } of devices) {
      expect(name).not.toBe('');
      expect(reason).toMatch(/^[A-Z'].*\.$/s);
    }
  });

  test("'auto' says why it passed devices over; a named device only that it was named", async () => {
    const devices = await engine.devices();
    const { placement } = await open({ model: probeModel(), feeds: { x } });
    const before = devices.slice(
      0,
      devices.findIndex(({ id }) => id === placement.device),
    );
    for (const { reason } of before) expect(placement.reason).toContain(reason.split(':')[0]);
    expect((await open({ model: probeModel(), device: 'cpu', threads: 1, feeds: { x } })).placement).toEqual({
      device: 'cpu',
      engine: 'ort',
      name: 'CPU, 1 thread',
      reason: "'cpu' was asked for.",
    });
  });

  test('a device that does not exist here, or cannot run, is refused and never replaced', async () => {
    const devices = await engine.devices();
    const foreign = process.platform === 'darwin' ? 'dml' : 'coreml';
    expect(await faultOf({ model: probeModel(), device: foreign, feeds: { x } })).toMatch(
      new RegExp(`'${foreign}' does not exist on .*; usable here: 'auto',`),
    );
    for (const { id, reason } of devices.filter(({ usable }) => !usable)) {
      const message = await faultOf({ model: probeModel(), device: id, feeds: { x } });
      expect(message).toMatch(new RegExp(`^The device '${id}' cannot run: `));
      expect(message).toContain(reason);
    }
  });
});
