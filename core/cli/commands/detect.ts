import { startEngine } from '../../engine/client.ts';
import { type DetectResult, detect } from '../../jobs/detect.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { deviceOf, deviceOption, engineOption } from '../devices.ts';
import { addSelectionOptions, numberOption, selectionOf, wordOption } from '../selection.ts';

const SHOWN = 20;

const count = (value: number, noun: string): string =>
  `${value.toLocaleString('en-US')} ${noun}${value === 1 ? '' : 's'}`;

function linesOf(result: DetectResult): string[] {
  const { faces, pictures, found, padded, added, skipped, centred, missed, facesPerSecond } = result;
  if (faces === 0 && pictures === 0) {
    return [
      skipped > 0
        ? `Nothing to do: ${count(skipped, 'face')} have their points already. Look again with --again.`
        : 'There is no face to look for in this selection.',
    ];
  }
  const lines = [
    `Found ${found.toLocaleString('en-US')} of ${count(faces, 'face')} in ${count(pictures, 'picture')} by '${result.model}'${result.landmarks === null ? '' : ` and '${result.landmarks}'`}, ${facesPerSecond.toFixed(0)} faces/s on ${result.device}. ${result.reason}`,
  ];
  if (padded > 0) lines.push(`In ${count(padded, 'picture')} only after a border was put around them.`);
  if (added > 0) lines.push(`Added ${count(added, 'other face')} of these pictures.`);
  if (skipped > 0) lines.push(`Left ${count(skipped, 'face')} that have their points already.`);
  if (missed.length > 0) {
    lines.push(
      `${missed.length === 1 ? 'Not found:' : `${count(missed.length, 'face')} not found:`}${centred > 0 ? ` (${centred.toLocaleString('en-US')} got the centre of the picture, with score 0)` : ''}`,
      ...missed.slice(0, SHOWN).map(({ source, path, reason }) => `  ${source}/${path}: ${reason}`),
    );
    if (missed.length > SHOWN) lines.push(`  … and ${missed.length - SHOWN} more (see --json).`);
  }
  return lines;
}

export const command: Command = {
  configure: (command) =>
    void addSelectionOptions(
      command
        .argument('<project>', 'project folder, NAME.visage')
        .option('--model <M>', "detector (default: the project's only one)")
        .option(
          '--landmarks <M>',
          "network for the 68 landmarks, or 'none' (default: the project's only one)",
        )
        .option('--again', 'also faces that have their points already')
        .option('--all', "add a picture's other faces too, as faces with the keys face2, face3, …")
        .option(
          '--pad <share>',
          "border around the picture as a share of its sides; 'auto': one is tried where nothing is found",
          'auto',
        )
        .option(
          '--fallback <what>',
          "what a face that is not found gets: 'none' (it is listed) or 'centre' (the picture's centre, score 0)",
          'none',
        )
        .option('--min-score <0…1>', 'least score of a face (default: by detector, 0.5 or 0.6)')
        .option('--max-overlap <0…1>', 'overlap above which the weaker of two boxes is dropped')
        .addOption(deviceOption())
        .addOption(engineOption()),
    ).addHelpText(
      'after',
      `
A face with a known box gets the detection that overlaps it most; another one its picture's most central large face.
Finished pictures are kept when it is stopped; started again, it goes on with the rest.

Examples:
  visage detect faces.visage
  visage detect faces.visage --model scrfd_10g --landmarks none --device webgpu
  visage detect faces.visage --source photos --all --again
  visage detect faces.visage --fallback centre --json`,
    ),

  async run([path], options, context) {
    const given = (name: string): string | undefined => options[name] as string | undefined;
    const number = (name: string, option: string): number | undefined =>
      given(name) === undefined ? undefined : numberOption(given(name), option, 0, 1);
    const { device, engine: by } = deviceOf(options);
    const input = {
      model: given('model'),
      landmarks: given('landmarks'),
      again: options.again === true,
      all: options.all === true,
      pad: options.pad === 'auto' ? ('auto' as const) : numberOption(options.pad, '--pad', 0, 2),
      fallback: wordOption(options.fallback, '--fallback', ['none', 'centre']),
      minScore: number('minScore', '--min-score'),
      maxOverlap: number('maxOverlap', '--max-overlap'),
      device,
    };
    const project = Project.open(path);
    const engine = startEngine({ engine: by });
    try {
      const selection = selectionOf(project, options);
      const result = await detect(project, engine, { ...input, selection }, context);
      return { json: { ...result }, text: linesOf(result) };
    } finally {
      await engine.close();
      project.close();
    }
  },
};
