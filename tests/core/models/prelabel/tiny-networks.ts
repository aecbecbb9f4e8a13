import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GraphBuilder, type Handle } from '../../../../core/graph/builder.ts';
import type { Manifest } from '../../../../core/models/manifest.ts';

/**
 * Networks whose answers are known without running them: a detector that finds bright quarters of a picture, landmarks
 * that stand at fixed fractions of their crop, and a labeller that reads the mean colour of its crop.
 */

/** Fractions of the crop: 68 points on a circle of radius 0.4 around the middle. */
export const FRACTIONS = Float32Array.from({ length: 136 }, (_, i) => {
  const angle = (2 * Math.PI * (i >> 1)) / 68;
  return 0.5 + 0.4 * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
});

type Described = Pick<Manifest, 'name' | 'task' | 'preparation' | 'outputs'> & Partial<Manifest>;

/** Writes a graph and its manifest; gives the words after 'models P.visage add'. */
function write(
  folder: string,
  builder: GraphBuilder,
  outputs: readonly Handle[],
  about: Described,
): string[] {
  const file = `${about.name}.onnx`;
  builder.model(outputs).write(join(folder, file));
  const manifest = join(folder, `${about.name}.json`);
  const rest = {
    description: 'for tests',
    source: 'made here',
    licence: 'none',
    batch: 'fixed',
    input: 'input',
  };
  writeFileSync(manifest, JSON.stringify({ ...rest, ...about, files: [{ path: file, sha256: null }] }));
  return [join(folder, file), '--manifest', manifest];
}

const preparation = (side: number, crop: Manifest['preparation']['crop']): Pick<Manifest, 'preparation'> => ({
  preparation: {
    ...{ size: [side, side], crop, channels: 'rgb', layout: 'nchw' },
    ...{ mean: [0, 0, 0], std: [255, 255, 255] },
  },
});

/** Scores are the mean brightness of the four quarters of the input, boxes are those quarters. */
export function quarterDetector(folder: string): string[] {
  const b = new GraphBuilder('quarters');
  const input = b.input('input', [1, 3, 16, 16]);
  const quarters = b.op('AveragePool', [input], { kernel_shape: [8, 8], strides: [8, 8] });
  const grey = b.op('ReduceMean', [quarters], { axes: [1], keepdims: 1 });
  const face = b.op('Reshape', [grey, b.ints([1, 4, 1])]);
  const background = b.op('Sub', [b.scalar(1), face]);
  const scores = b.op('Concat', [background, face], { axis: 2 }, 'scores');
  const corners = [0, 1, 2, 3].flatMap((q) => [
    (q % 2) / 2,
    (q >> 1) / 2,
    (q % 2) / 2 + 0.5,
    (q >> 1) / 2 + 0.5,
  ]);
  const boxes = b.op('Identity', [b.constant('corners', Float32Array.from(corners), [1, 4, 4])], {}, 'boxes');
  return write(folder, b, [scores, boxes], {
    ...{ name: 'quarters', task: 'detector', decoder: 'rfb' },
    ...preparation(16, { kind: 'whole', fit: 'stretch' }),
    outputs: [
      { name: 'scores', meaning: 'background, face' },
      { name: 'boxes', meaning: 'corners' },
    ],
  });
}

function meanColour(b: GraphBuilder, side: number): Handle {
  const input = b.input('input', [1, 3, side, side]);
  return b.op('Flatten', [b.op('GlobalAveragePool', [input])], { axis: 1 });
}

/** Landmarks at `FRACTIONS` of the crop, whatever is in it. */
export function circleLandmarks(folder: string): string[] {
  const b = new GraphBuilder('circle');
  const nothing = b.op('MatMul', [
    meanColour(b, 8),
    b.constant('zeros', new Float32Array(3 * 136), [3, 136]),
  ]);
  const points = b.op('Add', [nothing, b.constant('circle', FRACTIONS)], {}, 'points');
  return write(folder, b, [points], {
    ...{ name: 'circle', task: 'landmarks' },
    ...preparation(8, { kind: 'square', region: 'box', scale: 1, shift: 0, border: 'zero' }),
    outputs: [{ name: 'points', meaning: '68 points' }],
  });
}

/** Looks at the middle of the box only. Race by the strongest of red, green and blue; age in years = 100 × red. */
export function colourLabeller(folder: string): string[] {
  const b = new GraphBuilder('colours');
  const colour = meanColour(b, 8);
  const race = b.op('Mul', [colour, b.scalar(10)], {}, 'race');
  const age = b.op('MatMul', [colour, b.constant('red', Float32Array.of(100, 0, 0), [3, 1])], {}, 'age');
  return write(folder, b, [race, age], {
    ...{ name: 'colours', task: 'attribute' },
    ...preparation(8, { kind: 'square', region: 'box', scale: 0.5, shift: 0, border: 'zero' }),
    outputs: [
      { name: 'race', meaning: 'logits' },
      { name: 'age', meaning: 'years' },
    ],
    readings: [
      {
        kind: 'classes',
        attribute: 'race',
        output: 'race',
        from: 0,
        values: [0, 1, 2],
        activation: 'softmax',
      },
      { kind: 'number', attribute: 'age', output: 'age', from: 0, scale: 1, offset: 0, deviation: 5 },
    ],
  });
}
