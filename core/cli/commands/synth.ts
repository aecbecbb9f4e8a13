import { UsageFault } from '../../foundation/fault.ts';
import { synth } from '../../jobs/synth.ts';
import type { Command } from '../command.ts';

function whole(name: string, value: unknown, low: number, high: number): number {
  const number = /^\d+$/.test(String(value)) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number) || number < low || number > high) {
    throw new UsageFault(
      `'${value}' is no value for --${name}: a whole number from ${low} to ${high} is expected.`,
    );
  }
  return number;
}

export const command: Command = {
  configure(sub) {
    sub
      .argument('<dir>', 'new or empty folder (or that of the same run, to go on with it)')
      .option('--faces <n>', 'number of pictures', '3000')
      .option('--identities <n>', 'number of people', '200')
      .option('--seed <s>', 'the same seed gives the same files', '1')
      .option('--size <pixels>', 'side of a picture, 64 to 512', '112')
      .option('--balanced', 'cover the 270 cohorts evenly (needs at least 10 identities)')
      .option('--format <format>', 'jpg or png', 'jpg')
      .addHelpText(
        'after',
        `
Writes images/<identity>/<n>.jpg, faces.csv (labels, degrees, five points, 68 landmarks, box, all that was varied)
and synthetic.json (what made them). Angles have the signs of AFLW2000: positive yaw looks to the picture's left,
positive pitch up, positive roll leans to the picture's right.

Examples:
  visage synth faces --faces 3000 --identities 200 --seed 1
  visage synth even --faces 5400 --identities 270 --seed 7 --balanced --size 160 --format png`,
      );
  },
  async run([folder], options, context) {
    const faces = whole('faces', options.faces, 1, 100_000_000);
    const identities = whole('identities', options.identities, 1, 100_000_000);
    if (identities > faces) {
      throw new UsageFault(
        `--identities ${identities} is more than --faces ${faces}: each person needs a picture.`,
      );
    }
    const format = options.format;
    if (format !== 'jpg' && format !== 'png') {
      throw new UsageFault(`'${format}' is no value for --format: jpg or png is expected.`);
    }
    const balanced = options.balanced === true;
    if (balanced && identities < 10) {
      throw new UsageFault(
        `--balanced needs at least 10 identities, one for each gender and race, but --identities is ${identities}.`,
      );
    }
    const result = await synth(
      {
        folder,
        faces,
        identities,
        seed: whole('seed', options.seed, 0, Number.MAX_SAFE_INTEGER),
        size: whole('size', options.size, 64, 512),
        balanced,
        format,
      },
      { signal: context.signal, onProgress: context.onProgress },
    );
    const text =
      result.drawn === 0
        ? [`All ${result.faces} faces were already in ${result.folder}; faces.csv was written again.`]
        : [
            `Drew ${result.drawn} faces (${result.faces} in all, ${result.identities} identities) in ${result.seconds.toFixed(1)} s, ${Math.round(result.facesPerSecond)} faces/s.`,
            `They are in ${result.folder}; faces.csv holds labels, points and landmarks.`,
          ];
    return { json: { ...result }, text };
  },
};
