import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inputLength, normalise } from '../engine/images/normalise.ts';
import type { Task } from '../engine/types.ts';
import { Fault, sentenceOf } from '../foundation/fault.ts';
import { Random } from '../foundation/random.ts';
import type { OpenChoice } from './derive.ts';
import type { Manifest } from './manifest.ts';
import { Network } from './prelabel/network.ts';
import { prepareFile } from './prepare.ts';

export interface TrialInput {
  /** Where the files of the manifest lie. */
  folder: string;
  manifest: Manifest;
  /** Layouts and sizes to try, the likeliest first; none: the manifest's own. */
  choices: readonly OpenChoice[];
}

export interface TrialOutput {
  /** What ran. */
  choice: OpenChoice;
  /** What came out, by the outputs' names: dims of one picture's output, and how many of its numbers are NaN. */
  outputs: { name: string; dims: readonly number[]; nan: number; of: number }[];
  /** What is calculated otherwise than the files say, as sentences. */
  remarks: string[];
}

/**
 * Runs every file of a model on one picture, as it will be run on faces: what no device can run, and which layout and size
 * a network takes whose file does not say, is known before the model is kept.
 * @throws Fault that names the file, where none of the choices runs
 */
const trial: Task<TrialInput, TrialOutput> = async ({ folder, manifest, choices }, { engine }) => {
  // Under the files' own names, which the engine's sentences give.
  const place = mkdtempSync(join(folder, 'trial-'));
  try {
    const outputs: TrialOutput['outputs'] = [];
    const remarks: string[] = [];
    let left: readonly OpenChoice[] = choices.length > 0 ? choices : [manifest.preparation];
    for (const file of manifest.files) {
      const path = join(place, file.path.replaceAll(/[\\/]/g, '_'));
      const { model, note, replaced, denormals } = prepareFile(join(folder, file.path), manifest, [], false);
      model.write(path);
      if (replaced.length > 0) {
        remarks.push(`'${file.path}' holds ${replaced.join(' and ')}; it calculates in float32 here.`);
      }
      if (denormals > 0) {
        const [numbers, count] = denormals === 1 ? ['weight', 'counts'] : ['weights', 'count'];
        remarks.push(
          `${denormals.toLocaleString('en-US')} ${numbers} of '${file.path}' below 1.2e-38 ${count} as 0: processors are slow with them, and no output shows them.`,
        );
      }
      const open = { ...note, paths: [path], hash: '', manifest };
      const failures: string[] = [];
      let runs: OpenChoice | undefined;
      for (const choice of left) {
        const preparation = { ...manifest.preparation, ...choice };
        try {
          const network = await Network.open(engine, { ...open, preparation }, 'cpu');
          try {
            const given = await network.run(picture(preparation), 1);
            for (const [name, { dims, data }] of Object.entries(given)) {
              let nan = 0;
              for (const value of data) if (Number.isNaN(value)) nan++;
              outputs.push({ name, dims, nan, of: data.length });
            }
            runs = choice;
          } finally {
            await network.dispose();
          }
        } catch (thrown) {
          if (!(thrown instanceof Fault)) throw thrown;
          failures.push(sentenceOf(thrown));
        }
        if (runs !== undefined) break;
      }
      if (runs === undefined) throw new Fault(failure(file.path, left, failures));
      left = [runs];
    }
    return { choice: { layout: left[0].layout, size: left[0].size }, outputs, remarks };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
};
export default trial;

function failure(file: string, tried: readonly OpenChoice[], failures: readonly string[]): string {
  if (tried.length === 1 || new Set(failures).size === 1) return failures[0];
  const shapes = tried.map(({ layout, size: [width, height] }) => `${layout} ${width}×${height}`);
  return `'${file}' does not say which pictures it takes, and none of these ran: ${shapes.join(', ')}. The first failed so: ${failures[0]} Write layout and size into a manifest and give it with --manifest.`;
}

/** A smooth picture with some noise, as the preparation makes it. */
function picture(preparation: Manifest['preparation']): Float32Array {
  const [width, height] = preparation.size;
  const random = new Random(width, height);
  const pixels = Float32Array.from({ length: inputLength(preparation) }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    const shade = 120 + 60 * Math.sin((3 * x) / width) + 40 * Math.cos((4 * y) / height) - 15 * (at % 3);
    return Math.min(255, Math.max(0, shade + random.between(-10, 10)));
  });
  const target = new Float32Array(pixels.length);
  normalise(pixels, preparation, target);
  return target;
}
