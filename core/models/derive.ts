import { basename } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { type Dim, type Shape, shapeText } from '../graph/dimension.ts';
import { inferShapes } from '../graph/infer.ts';
import type { Model } from '../graph/model.ts';
import { usualScale } from './input-values.ts';
import type { Manifest, Task } from './manifest.ts';
import { suggestTaps } from './suggest.ts';

/** A name from a file's: 'Arc Face (r50).onnx' → 'arc-face-r50'. */
export const nameFromFile = (path: string): string =>
  basename(path)
    .replace(/\.[^.]+$/, '')
    .toLowerCase()
    .replaceAll(/[^\w.]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'model';

/** One way to give a network its picture. */
export type OpenChoice = Pick<Manifest['preparation'], 'layout' | 'size'>;

/** Sizes that face networks are made for, the commonest first: what a file that leaves its size open is tried with. */
const SIZES: readonly (readonly [width: number, height: number])[] = [
  [112, 112],
  [160, 160],
  [224, 224],
  [96, 112],
  [128, 128],
  [96, 96],
  [64, 64],
  [256, 256],
  [299, 299],
  [320, 320],
  [640, 640],
];

/** What the declared shape leaves open: layouts and sizes that go with it, the likeliest first. */
function openChoices(shape: Shape): OpenChoice[] {
  const [, second, third, fourth] = shape;
  const open = (dim: Dim): boolean => typeof dim !== 'number';
  const layouts = (['nchw', 'nhwc'] as const).filter((layout) => {
    const channels = layout === 'nchw' ? second : fourth;
    return channels === 3 || open(channels);
  });
  // A declared 3 says where the channels are, unless it stands at both places.
  const sure = layouts.filter((layout) => (layout === 'nchw' ? second : fourth) === 3);
  return (sure.length > 0 ? sure : layouts).flatMap((layout) => {
    const [height, width] = layout === 'nchw' ? [third, fourth] : [second, third];
    const fits = SIZES.filter(
      ([wide, high]) => (open(width) || width === wide) && (open(height) || height === high),
    );
    const [wide, high] = [width, height].map((dim) => (typeof dim === 'number' ? dim : undefined));
    const given = wide ?? high;
    if (given === undefined) return fits.map((size) => ({ layout, size }));
    return [{ layout, size: [wide ?? given, high ?? given] as const }];
  });
}

/**
 * A manifest for a network that is not known, from what its graph shows. Everything that the graph cannot tell is listed
 * under `guesses`.
 * @returns also the ways to give it a picture, of which the manifest has the first
 * @throws Fault for a graph that takes no picture.
 */
export function deriveManifest(
  model: Model,
  path: string,
  name: string,
): { manifest: Manifest; choices: OpenChoice[] } {
  const inputs = model.graph.fedInputs();
  const input = inputs[0];
  const shape = input?.shape;
  if (inputs.length !== 1 || shape?.length !== 4) {
    throw new Fault(
      `'${path}' is not a network that takes one picture: its inputs are ${inputs.map((each) => `'${each.name}' ${shapeText(each.shape)}`).join(', ') || 'none'}. Allowed: one input of four dimensions.`,
    );
  }
  const guesses: string[] = [];
  const choices = openChoices(shape);
  if (choices.length === 0) {
    const channels = [shape[1], shape[3]].filter((dim) => typeof dim === 'number');
    throw new Fault(`'${path}' takes pictures of ${channels[0]} channels; allowed: 3 (colour).`);
  }
  const [{ layout, size }] = choices;
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
  if (choices.length > 1) guesses.push(choiceGuess(choices[0]));
  const { mean, std, why } = usualScale(model, input.name, input.elementType ?? 'float32');
  guesses.push(
    `preparation.crop ${task === 'embedding' ? "'aligned' to the ArcFace template" : "'square' of 1.2 boxes"}: the usual choice`,
    'preparation.channels rgb: the usual choice',
    `preparation.${why}`,
  );
  const manifest: Manifest = {
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
      mean,
      std,
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
  return { manifest, choices };
}

/** What is said of a layout and size that the file leaves open. */
export const choiceGuess = ({ layout, size: [width, height] }: OpenChoice): string =>
  `preparation.layout ${layout} and size ${width}×${height}: the file leaves the shape of its input open`;
