import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { type EvaluateResult, evaluate, FARS } from '../../jobs/evaluate.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { deviceOf, deviceOption, engineOption } from '../devices.ts';
import { numberOption } from '../selection.ts';

const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)} %`;
const rate = (value: number): string => (value === 0 ? '0' : value.toExponential(1));

function linesOf(result: EvaluateResult): string[] {
  const { val } = result;
  const input =
    result.crop.kind === 'aligned' ? 'aligned by the project’s points' : `'${result.crop.kind}' crops`;
  return [
    `'${result.model}' on ${result.set} (${result.layout}): ${result.pairs.toLocaleString('en-US')} pairs, ${result.same.toLocaleString('en-US')} of the same person, ${result.pictures.toLocaleString('en-US')} pictures, ${input}${result.flip ? ', mirrored faces added' : ''}.`,
    `Accuracy ${percent(result.accuracy)} ± ${percent(result.deviation)} over ${result.folds} folds (${result.foldAccuracies.map((fold) => percent(fold, 1)).join(', ')})`,
    `AUC ${result.auc.toFixed(5)}, equal error rate ${percent(result.eer)}, VAL ${percent(val.val)} ± ${percent(val.deviation)} at FAR ${rate(val.far)} (${rate(val.target)} wanted)`,
    'TAR at the largest FAR that is not above the target (at the nearest FAR, as published scripts read it):',
    ...result.tarAtFar.map(
      ({ target, tar, far, nearest, allowed }) =>
        `  ${rate(target)}: ${percent(tar)} at FAR ${rate(far)} (${percent(nearest.tar)} at ${rate(nearest.far)})${allowed < 1 ? '; too few different pairs for this target' : ''}`,
    ),
    `${result.facesPerSecond.toFixed(0)} faces/s on ${result.device}. ${result.reason}`,
    ...result.remarks,
  ];
}

export const command: Command = {
  configure: (command) =>
    void command
      .argument('<pairs>', 'a .bin set, LFW’s pairs.txt, CFP’s folder, or a list of pairs')
      .requiredOption('--model <model>', 'an ONNX file, or with --project the name of a model')
      .option('--project <project>', 'project whose faces the pairs’ pictures are (NAME.visage)')
      .option('--source <name>', 'with --project: only faces of this source')
      .option(
        '--images <folder>',
        'folder of the pictures that a list names; they are cut and aligned already',
      )
      .option('--crop <l,t,w,h>', 'the face is this rectangle of every picture, in pixels')
      .option('--manifest <file>', 'manifest that says what an ONNX file is')
      .option('--tap <name>', "value to compare; default: the tap 'embedding', else the only output")
      .option('--no-flip', 'do not add the embedding of the mirrored face')
      .option('--frontal', 'CFP: pairs of two frontal pictures')
      .option('--folds <N>', 'folds (default: what the pairs say, else 10)')
      .option('--alternate', 'same and different pairs by turns: for one fold cut into folds of its own')
      .option('--far <a,b,…>', 'targets of TAR at FAR', FARS.join(','))
      .option('--roc <file>', 'write the whole curve as csv')
      .addOption(deviceOption())
      .addOption(engineOption())
      .option('--batch <N>', 'faces per run (default: chosen by device)')
      .addHelpText(
        'after',
        `
Embeddings are those of the face and of its mirror image, added and normalised. Each fold is judged at the threshold that is
best on the others. Missing pictures are an error that says how many: a protocol is evaluated whole or not at all.

Examples:
  visage evaluate lfw.bin --model arcface-r50.onnx
  visage evaluate pairs.txt --project faces.visage --model mobilefacenet --source LFW --json
  visage evaluate cfp-dataset --model face.onnx --manifest face.json --roc cfp.csv`,
      ),

  async run([pairs], options, context) {
    const text = (name: string): string | undefined => options[name] as string | undefined;
    const whole = (name: string, low: number, high: number): number | undefined => {
      const given = text(name);
      if (given === undefined) return undefined;
      const value = numberOption(given, `--${name}`, low, high);
      if (!Number.isInteger(value))
        throw new UsageFault(`'--${name} ${given}' is not allowed: a whole number is expected.`);
      return value;
    };
    const fars = (text('far') ?? '').split(',').map((word) => numberOption(word, '--far', 0, 1));
    const crop = text('crop')
      ?.split(',')
      .map((word) => numberOption(word, '--crop', 0));
    if (crop !== undefined && crop.length !== 4) {
      throw new UsageFault(
        `'--crop ${text('crop')}' is not allowed: left,top,width,height in pixels are expected.`,
      );
    }
    const { device, engine: by } = deviceOf(options);
    const input = {
      ...{ pairs, model: String(options.model), manifest: text('manifest'), tap: text('tap') },
      ...{ source: text('source'), images: text('images'), roc: text('roc'), fars },
      ...{
        flip: options.flip !== false,
        frontal: options.frontal === true,
        alternate: options.alternate === true,
      },
      ...{ folds: whole('folds', 2, 1e6), batch: whole('batch', 1, 4096) },
      ...(crop === undefined ? {} : { crop: crop as [number, number, number, number] }),
      device,
    };
    const path = text('project');
    if (path === undefined && input.source !== undefined)
      throw new UsageFault("'--source' needs '--project'.");
    const project = path === undefined ? undefined : Project.open(path);
    const engine = startEngine({ engine: by });
    try {
      const result = await evaluate(project, engine, input, context);
      return { json: { ...result }, text: linesOf(result) };
    } finally {
      await engine.close();
      project?.close();
    }
  },
};
