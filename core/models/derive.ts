import { basename } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { shapeText } from '../graph/dimension.ts';
import { inferShapes } from '../graph/infer.ts';
import type { Model } from '../graph/model.ts';
import type { Manifest, Task } from './manifest.ts';
import { suggestTaps } from './suggest.ts';

/** A name from a file's: 'Arc Face (r50).onnx' → 'arc-face-r50'. */
export const nameFromFile = (path: string): string =>
  basename(path)
    .replace(/\.[^.]+$/, '')
    .toLowerCase()
    .replaceAll(/[^\w.]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'model';

/**
 * A manifest for a network that is not known, from what its graph shows. Everything that the graph cannot tell is listed
 * under `guesses`.
 * @throws Fault for a graph that takes no picture.
 */
export function deriveManifest(model: Model, path: string, name: string): Manifest {
  const inputs = model.graph.fedInputs();
  const input = inputs[0];
  const shape = input?.shape;
  if (inputs.length !== 1 || shape?.length !== 4) {
    throw new Fault(
      `'${path}' is not a network that takes one picture: its inputs are ${inputs.map((each) => `'${each.name}' ${shapeText(each.shape)}`).join(', ') || 'none'}. Allowed: one input of four dimensions.`,
    );
  }
  const guesses: string[] = [];
  const layout = shape[1] !== 3 && shape[3] === 3 ? 'nhwc' : 'nchw';
  const [height, width] = layout === 'nchw' ? [shape[2], shape[3]] : [shape[1], shape[2]];
  const channels = layout === 'nchw' ? shape[1] : shape[3];
  if (typeof channels === 'number' && channels !== 3) {
    throw new Fault(`'${path}' takes pictures of ${channels} channels; allowed: 3 (colour).`);
  }
  const known = inferShapes(model);
  const outputs = model.graph.outputs.map(({ name: output }) => ({
    name: output,
    meaning: 'not known',
    shape: [...(known.get(output)?.shape ?? [])],
  }));
  const columns =
    outputs.length === 1 ? outputs[0].shape.slice(1).reduce<number>((a, b) => a * (Number(b) || 0), 1) : 0;
  const task: Task = columns >= 64 ? 'embedding' : 'other';
  guesses.push(
    `task '${task}': ${task === 'embedding' ? `the only output has ${columns} numbers per face` : 'the outputs do not tell'}`,
  );
  const size: [number, number] = [
    typeof width === 'number' ? width : 112,
    typeof height === 'number' ? height : 112,
  ];
  if (typeof width !== 'number' || typeof height !== 'number') {
    guesses.push('preparation.size 112×112: the file leaves the size of its input open');
  }
  guesses.push(
    `preparation.crop ${task === 'embedding' ? "'aligned' to the ArcFace template" : "'square' of 1.2 boxes"}: the usual choice`,
    'preparation.channels rgb, mean 127.5 and std 127.5 (values −1…1): the usual choice',
  );
  return {
    format: 'visage-model-1',
    name,
    task,
    description: `${basename(path)}, added without a manifest`,
    files: [{ path: basename(path), sha256: null }],
    combine: 'single',
    source: 'not known',
    licence: 'not known',
    input: input.name,
    preparation: {
      size,
      crop:
        task === 'embedding'
          ? { kind: 'aligned', template: 'arcface' }
          : { kind: 'square', region: 'box', scale: 1.2, shift: 0, border: 'zero' },
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      layout,
    },
    outputs,
    taps: suggestTaps(model, task),
    batch: typeof shape[0] === 'number' ? 'fixed' : 'free',
    readings: [],
    trained: true,
    guesses,
    notes: [],
  };
}
