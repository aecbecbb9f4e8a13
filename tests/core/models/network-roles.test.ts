import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ElementType } from '../../../core/graph/elements.ts';
import { Model } from '../../../core/graph/model.ts';
import type { Manifest } from '../../../core/models/manifest.ts';
import { Project } from '../../../core/project/project.ts';
import { run } from '../cli/run.ts';
import { scratch } from '../project/scratch.ts';
import { addModel, projectOfPictures } from './prelabel/quarter-pictures.ts';
import { circleLandmarks, colourLabeller, quarterDetector } from './prelabel/tiny-networks.ts';
import { inType, takingPixels } from './typed-networks.ts';

/** Writes a tiny network anew: it takes pixels of `type`, or is of it throughout. */
function typed(files: string[], type: ElementType, layout: 'nchw' | 'nhwc'): string[] {
  const [file, , description] = files;
  const manifest = JSON.parse(readFileSync(description, 'utf8')) as Manifest;
  const whole = !type.startsWith('float') && type !== 'bfloat16';
  const original = Model.read(file);
  const offset = type === 'int8' ? 128 : 0;
  const made = whole
    ? takingPixels(original, type, layout, { mean: 0, std: 255, offset })
    : inType(original, type);
  made.write(file);
  const scaled = { mean: [offset, offset, offset], std: [1, 1, 1], layout };
  const preparation = { ...manifest.preparation, ...(whole ? scaled : {}) };
  writeFileSync(description, JSON.stringify({ ...manifest, input: whole ? 'pixels' : 'input', preparation }));
  return files;
}

type Typed = (files: string[]) => string[];

/** Faces and labels that a detector, a landmark network and a labeller give. */
async function found(detector: Typed, landmarks: Typed, labeller: Typed): Promise<unknown> {
  const folder = scratch();
  const project = await projectOfPictures(folder, {
    'a red.png': { 0: [255, 0, 0] },
    'b green.png': { 3: [0, 255, 0] },
    'c blue.png': { 1: [128, 0, 255], 2: [90, 90, 0] },
  });
  await addModel(project, detector(quarterDetector(folder)));
  await addModel(project, landmarks(circleLandmarks(folder)));
  await addModel(project, labeller(colourLabeller(folder)));
  for (const words of [
    ['detect', project, '--min-score', '0.3'],
    ['prelabel', project],
  ]) {
    const { code, err } = await run(words);
    if (code !== 0) throw new Error(err);
  }
  const opened = Project.open(join(folder, 'P.visage'), { readOnly: true });
  try {
    return opened.faces(opened.select({})).map(({ path, box, landmarks: points, labels }) => ({
      ...{ path, box },
      // To a tenth of a pixel: fractions that are float16 have steps of 2⁻¹¹ of a crop of at most 64 pixels.
      landmarks: points && [...points].map((value) => Math.round(value * 5) / 5),
      labels: [...labels],
    }));
  } finally {
    opened.close();
  }
}

describe('networks of any type in every role', async () => {
  const same: Typed = (files) => files;
  const expected = await found(same, same, same);
  test('the reference says something', () => {
    const faces = expected as { box: unknown; labels: number[] }[];
    expect(
      faces.filter(({ box, labels }) => box !== null && labels.some((value) => value >= 0)).length,
    ).toBeGreaterThan(2);
  });

  test.each([
    ['uint8', 'nhwc'],
    ['int8', 'nchw'],
    ['int32', 'nhwc'],
    ['float16', 'nchw'],
    ['float64', 'nchw'],
  ] as const)('%s, %s: faces, landmarks and labels as with float32', async (type, layout) => {
    const into: Typed = (files) => typed(files, type, layout);
    expect(await found(into, into, into)).toEqual(expected);
  });
});
