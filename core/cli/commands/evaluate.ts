import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { type EvaluateInput, type EvaluateResult, evaluate, FARS } from '../../jobs/evaluate.ts';
import { listEvaluations } from '../../jobs/evaluation/kept.ts';
import { Project } from '../../project/project.ts';
import type { Command, Outcome } from '../command.ts';
import { deviceOf, deviceOption, engineOption } from '../devices.ts';
import { addSelectionOptions, numberOption, selectionOf, wholeOption } from '../selection.ts';

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

/** Evaluations that the project keeps, the oldest first. */
function listed(pairs: string | undefined, path: string | undefined): Outcome {
  if (path === undefined)
    throw new UsageFault("'--list' needs '--project': evaluations are kept in projects.");
  if (pairs !== undefined)
    throw new UsageFault(`'--list' shows what was evaluated before; '${pairs}' is too much.`);
  const project = Project.open(path, { readOnly: true });
  try {
    const evaluations = listEvaluations(project);
    return {
      json: { evaluations },
      text:
        evaluations.length === 0
          ? ['Nothing was evaluated in this project yet.']
          : evaluations.map(
              ({ id, model, set, accuracy, deviation, pairs: count, auc, tarAtFar, time }) =>
                `${id}  '${model}' on ${set}: ${percent(accuracy)} ± ${percent(deviation)} of ${count.toLocaleString('en-US')} pairs, AUC ${auc.toFixed(5)}, ${tarAtFar.map(({ target, tar }) => `TAR ${percent(tar)} at ${rate(target)}`).join(', ')} (${new Date(time).toISOString().slice(0, 16).replace('T', ' ')})`,
            ),
    };
  } finally {
    project.close();
  }
}

/** Options that choose faces for --draw; --source also says which faces a list's pictures are. */
const CHOOSING = {
  cohort: 'cohort',
  where: 'where',
  faces: 'faces',
  trusted: 'trusted',
  minConfidence: 'min-confidence',
  minQuality: 'min-quality',
};
/** Options that only make sense for pairs of a set. */
const LISTED = ['images', 'frontal', 'alternate'];

export const command: Command = {
  configure: (command) =>
    void addSelectionOptions(command)
      .argument('[pairs]', 'a .bin set, LFW’s pairs.txt, CFP’s folder, or a list of pairs; or --draw')
      .option('--model <model>', 'an ONNX file, or with --project the name of a model')
      .option('--project <project>', 'project whose faces the pairs’ pictures are (NAME.visage)')
      .option('--list', 'with --project: show what was evaluated before, and evaluate nothing')
      .option('--name <name>', 'what the pairs are called in lists (default: what their file is called)')
      .option('--draw', 'with --project: draw the pairs from its own identities')
      .option(
        '--count <N>',
        '--draw: pairs of one person, and as many of two (default: 3000, or all there are)',
      )
      .option('--seed <N>', '--draw: another seed draws other pairs', '0')
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

--draw makes a protocol of the project's own identities, of the faces that the 'only faces …' options leave. People are dealt
to folds (10, or fewer where people are few), each to one, so that no fold's threshold is chosen on people that it judges.
In every fold pairs of one person are spread evenly over its people; pairs of two take two people at random, then a face of
each; no pair comes twice. Names of a source are its own: people of one name in two sources are never a pair. The same
faces, count and seed give the same pairs. People that a network was trained on flatter it: leave them out.

With --project an evaluation is kept in the project, where --list and the window's Verification view show it; the same network
judged in the same way on the same pairs again replaces it.

Examples:
  visage evaluate lfw.bin --model arcface-r50.onnx
  visage evaluate pairs.txt --project faces.visage --model mobilefacenet --source LFW --json
  visage evaluate --project faces.visage --model condface --draw --count 3000 --source 'held out'
  visage evaluate --project faces.visage --list
  visage evaluate cfp-dataset --model face.onnx --manifest face.json --roc cfp.csv`,
      ),

  async run([pairs], options, context) {
    const text = (name: string): string | undefined => options[name] as string | undefined;
    if (options.list === true) return listed(pairs, text('project'));
    if (text('model') === undefined) throw new UsageFault("Say with '--model' which network is judged.");
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
    const draw = options.draw === true;
    refuseMixed(pairs, options);
    const sources = (options.source as string[] | undefined) ?? [];
    const path = text('project');
    if (path === undefined && sources.length > 0) throw new UsageFault("'--source' needs '--project'.");
    const input: Omit<EvaluateInput, 'pairs'> = {
      ...{ model: String(options.model), name: text('name'), manifest: text('manifest'), tap: text('tap') },
      ...{ source: draw ? undefined : sources[0], images: text('images'), roc: text('roc'), fars },
      ...{
        flip: options.flip !== false,
        frontal: options.frontal === true,
        alternate: options.alternate === true,
      },
      ...{ folds: whole('folds', 2, 1e6), batch: whole('batch', 1, 4096) },
      ...(crop === undefined ? {} : { crop: crop as [number, number, number, number] }),
      device,
    };
    const project = path === undefined ? undefined : Project.open(path);
    const engine = startEngine({ engine: by });
    try {
      const drawn = (of: Project): EvaluateInput['pairs'] => ({
        count: whole('count', 1, 1e7),
        seed: wholeOption(options.seed, '--seed'),
        selection: selectionOf(of, options),
      });
      const from = draw && project !== undefined ? drawn(project) : pairs;
      const result = await evaluate(project, engine, { ...input, pairs: from }, context);
      return { json: { ...result }, text: linesOf(result) };
    } finally {
      await engine.close();
      project?.close();
    }
  },
};

/** @throws UsageFault where options for a set and for drawing stand together, or neither is given */
function refuseMixed(pairs: string | undefined, options: Readonly<Record<string, unknown>>): void {
  const given = (name: string): boolean => options[name] !== undefined && options[name] !== false;
  if (options.draw !== true) {
    if (pairs === undefined)
      throw new UsageFault("Name a set of pairs, or draw them with '--project P --draw'.");
    const wrong = Object.entries({ ...CHOOSING, count: 'count' }).find(([name]) => given(name));
    if (wrong !== undefined)
      throw new UsageFault(`'--${wrong[1]}' needs '--draw': it chooses what pairs are drawn from.`);
    if (((options.source as string[] | undefined) ?? []).length > 1) {
      throw new UsageFault("'--source' may be given once: the pairs' pictures are faces of one source.");
    }
    return;
  }
  if (pairs !== undefined)
    throw new UsageFault(`'${pairs}' and '--draw' exclude each other: pairs are read or drawn.`);
  if (!given('project'))
    throw new UsageFault("'--draw' needs '--project': pairs are drawn from its identities.");
  const wrong = LISTED.find(given);
  if (wrong !== undefined) throw new UsageFault(`'--${wrong}' is for a set of pairs and not for '--draw'.`);
}
