import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command as Commander } from 'commander';
import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { NETWORK_NAMES } from '../../jobs/train/networks.ts';
import { HOLDABLE, holdable, OPTIMISERS, SCHEDULES } from '../../jobs/train/recipe.ts';
import { type TrainInput, type TrainResult, train } from '../../jobs/train.ts';
import { databaseFile } from '../../project/folder.ts';
import { Project } from '../../project/project.ts';
import { CLUSTER_HEADS, PSEUDO_LABELS } from '../../training/cluster-head.ts';
import { counted } from '../../training/data/candidates.ts';
import { CROPS } from '../../training/data/crop.ts';
import { LOSSES } from '../../training/losses/identity.ts';
import type { Command } from '../command.ts';
import { DEVICES } from '../devices.ts';
import { addSelectionOptions, numberOption, selectionOf, wholeOption, wordOption } from '../selection.ts';

const SELECTING = ['source', 'cohort', 'where', 'faces', 'trusted', 'minConfidence', 'minQuality'];

function linesOf(result: TrainResult): string[] {
  const { network, parameters, pictures, classes, epochs, steps, resumed, loss, accuracy } = result;
  return [
    `${network}, ${(parameters / 1e6).toFixed(2)} M parameters, trained on ${counted(pictures, 'picture')} of ${counted(classes, 'identity', 'identities')}: ${counted(epochs, 'epoch')}, ${counted(steps, 'step')}${resumed > 0 ? `, gone on from step ${resumed.toLocaleString('en-US')}` : ''}.`,
    `Last epoch: loss ${loss.toFixed(4)}, accuracy ${(100 * accuracy).toFixed(1)} % (without margin); ${result.imagesPerSecond.toFixed(1)} images/s on ${result.device}. ${result.reason}`,
    ...(result.validation === null
      ? []
      : [`People who were held out: ${(100 * result.validation).toFixed(2)} % of pairs right.`]),
    ...result.remarks,
    `Written: ${result.file}, ${result.manifest}; the run is in ${result.run}.`,
    result.model === null
      ? `Add it to a project with: visage models P.visage add ${result.file} --manifest ${result.manifest}`
      : `The project has it as '${result.model}'.`,
  ];
}

const options = (command: Commander): Commander =>
  command
    .argument('<from>', 'project (NAME.visage), or a data set that names people: folder, train.rec, …')
    .option('--network <N>', NETWORK_NAMES.join(', '), 'bl')
    .option('--width <W>', "channels, as a factor of the thesis's 64 to 512", '1')
    .option('--size <pixels>', 'side of the input', '112')
    .option('--embedding <D>', 'numbers per face (default 512; mobilefacenet 128)')
    .option('--loss <L>', LOSSES.join(', '), 'cosface')
    .option('--scale <s>', 'of the cosines (default 64; softmax 1)')
    .option('--margin <m>', 'by default CosFace 0.35, ArcFace and CurricularFace 0.5 radians')
    .option('--clusters <P>', 'let routing vectors form so many clusters (dc, as4)')
    .option(
      '--cluster-labels <L>',
      `${PSEUDO_LABELS.join(', ')}: per batch, or over all pictures per epoch`,
      'sinkhorn',
    )
    .option('--cluster-head <H>', CLUSTER_HEADS.join(', '), 'mlp')
    .option('--cluster-weight <λ>', "of the clusters' loss", '1')
    .option('--freeze-prototypes <epochs>', 'clusters stay where they are at first (SwAV: 1)')
    .option('--normalise-prototypes', 'to length 1 after every step, as SwAV does')
    .option('--routing-temperature <T>', 'of the softmax over experts', '1')
    .option('--anneal-from <T>', 'begin with a higher one and lower it over the first epochs (30)')
    .option('--anneal-epochs <N>', 'how many: linearly, step by step (default 10)')
    .option('--start <file>', 'ONNX network of the same architecture to start from')
    .option('--epochs <N>', 'times that every picture is seen', '32')
    .option('--batch <N>', 'pictures that go through the network together', '64')
    .option('--accumulate <N>', 'batches per change of the weights', '1')
    .option('--rate <r>', 'learning rate (default: 0.1 per 512 pictures of a step; Adam 0.001)')
    .option('--schedule <S>', SCHEDULES.join(', '), 'step')
    .option('--drop-at <epochs>', "'step' divides the rate by ten here, e.g. 16,20,24,28 (the default of 32)")
    .option('--warm-up <epochs>', 'the rate rises from 0 over these')
    .option('--optimiser <O>', OPTIMISERS.join(', '), 'sgd')
    .option('--weight-decay <d>', 'SGD 5e-4, Adam 0 by default')
    .option('--no-mirror', 'do not mirror pictures at random')
    .option(
      '--validate <who>',
      'hold out so many identities, or a share of them (0.1), and say after every epoch how well they are told apart',
    )
    .option('--validate-seed <s>', 'who is held out, whatever --seed is', '1')
    .option('--seed <s>', 'first weights, order, mirroring', '1')
    .option(
      '--crop <C>',
      `${CROPS.join(', ')}: by the five points, or whole pictures that are aligned already`,
      'auto',
    )
    .option('--least <N>', 'leave out identities of fewer pictures', '2')
    .option('--format <format>', 'how the folder is to be read (visage import --help lists formats)')
    .option('--images <folder>', 'where the pictures of a list lie')
    .option('--name <name>', 'of the run and its network (default: network-loss-seed)')
    .option('--runs <folder>', "folder of runs (default: the project's; for a data set: runs)")
    .option('--add', 'take the trained network into the project')
    .option('--device <D>', DEVICES.join(', '), 'auto');

export const command: Command = {
  configure: (command) =>
    void addSelectionOptions(options(command)).addHelpText(
      'after',
      `
Without options this is the thesis's recipe: CosFace, SGD with momentum 0.9, a rate divided by ten at 16, 20, 24 and 28
of 32 epochs. Networks: bl, dc and as4 are the thesis's (IR-18, with dynamic convolution, with dynamic group
convolution); ir18 to ir100 are residual networks as the public ArcFace code has them; mobilefacenet is the small one of 1 M
parameters, for square pictures. The thesis's AS1 is dc with --clusters, AS2 has a
routing temperature beside it, AS3 another head, AS4 is as4 with --clusters, AS5 (CondFace) the same with --cluster-labels kmeans; each starts from the network without.

--anneal-from 30 begins with nearly equal experts and lowers the temperature to the one that the network keeps,
as dynamic convolution's authors do. --freeze-prototypes 1 and --normalise-prototypes are SwAV's way with its clusters; the
thesis says neither. CurricularFace's t is a part of the checkpoints.

--validate 0.1 holds a tenth of the people out. After every epoch their pictures are embedded, and the line of the epoch
and the curve say which share of pairs of one person and of two is judged rightly: accuracy over ten folds, each at the
threshold that is best for the others, as LFW has it. Nothing of these people is trained on. --validate-seed says who they
are, so that runs of several seeds are judged by the same pairs.

A run's folder holds run.json (recipe, seed, hashes of data and weights, versions, device), curve.jsonl (a line per
step), a checkpoint after every epoch while it runs, and then network.onnx with its manifest. Started again with the
same words it goes on where it was stopped or killed, with the same losses as without the stop. Pictures are prepared
once, 38 kB each at 112 pixels, and let go when the run is done.

Examples:
  visage train faces.visage --network as4 --width 0.25 --embedding 128 --epochs 20 --batch 32 --add
  visage train faces.visage --network as4 --clusters 300 --start runs/as4-cosface-1/network.onnx --name as4-p300
  visage train identities/ --loss arcface --batch 64 --accumulate 8
  visage train faces_emore/train.rec --network ir50 --schedule polynomial --device webgpu --json`,
    ),

  async run([from], options, context) {
    const input = inputOf(options);
    const isProject = existsSync(databaseFile(from)) || /\.visage[/\\]?$/.test(from);
    const selecting = SELECTING.find((name) => options[name] !== undefined);
    if (!isProject && selecting !== undefined) {
      throw new UsageFault(
        `'${from}' is no project: faces cannot be selected in it with --${selecting.replaceAll(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`)}.`,
      );
    }
    if (isProject && (options.format !== undefined || options.images !== undefined)) {
      throw new UsageFault(`'${from}' is a project: --format and --images are for data sets on the disk.`);
    }
    if (!isProject && options.add === true) {
      throw new UsageFault(`'${from}' is no project, so --add has none to add the network to.`);
    }
    const project = isProject ? Project.open(from) : undefined;
    const engine = startEngine();
    try {
      const place: Partial<TrainInput> = project
        ? { selection: selectionOf(project, options) }
        : {
            folder: from,
            choice: { format: text(options, 'format'), images: text(options, 'images') },
            runs: input.runs ?? join(process.cwd(), 'runs'),
          };
      const result = await train(project, engine, { ...input, ...place }, context);
      return { json: { ...result }, text: linesOf(result) };
    } finally {
      await engine.close();
      project?.close();
    }
  },
};

/** @throws UsageFault */
function heldOut(word: unknown): number | undefined {
  if (word === undefined) return undefined;
  if (!/\d/.test(String(word)) || !holdable(Number(word))) {
    throw new UsageFault(`'--validate ${word}' is not allowed; allowed: ${HOLDABLE}.`);
  }
  return Number(word);
}

const text = (options: Readonly<Record<string, unknown>>, name: string): string | undefined =>
  options[name] as string | undefined;

function inputOf(options: Readonly<Record<string, unknown>>): TrainInput {
  const whole = (name: string, option: string, low: number): number =>
    wholeOption(options[name], option, low);
  const number = (name: string, option: string, low: number, high?: number): number | undefined =>
    options[name] === undefined ? undefined : numberOption(options[name], option, low, high);
  const dropAt = text(options, 'dropAt')
    ?.split(',')
    .map((epoch) => numberOption(epoch.trim(), '--drop-at', 0));
  return {
    network: wordOption(options.network, '--network', NETWORK_NAMES),
    width: number('width', '--width', 0.01, 8),
    size: whole('size', '--size', 16),
    embedding: options.embedding === undefined ? undefined : whole('embedding', '--embedding', 2),
    loss: wordOption(options.loss, '--loss', LOSSES),
    scale: number('scale', '--scale', 0.01),
    margin: number('margin', '--margin', 0, 3),
    clusters: options.clusters === undefined ? undefined : whole('clusters', '--clusters', 2),
    clusterLabels: wordOption(options.clusterLabels, '--cluster-labels', PSEUDO_LABELS),
    clusterHead: wordOption(options.clusterHead, '--cluster-head', CLUSTER_HEADS),
    clusterWeight: number('clusterWeight', '--cluster-weight', 0.0001),
    freezePrototypes: number('freezePrototypes', '--freeze-prototypes', 0),
    normalisePrototypes: options.normalisePrototypes === true,
    routingTemperature: number('routingTemperature', '--routing-temperature', 0.01),
    annealFrom: number('annealFrom', '--anneal-from', 0.01),
    annealEpochs: number('annealEpochs', '--anneal-epochs', 0.01),
    start: text(options, 'start'),
    epochs: whole('epochs', '--epochs', 1),
    batch: whole('batch', '--batch', 2),
    accumulate: whole('accumulate', '--accumulate', 1),
    rate: number('rate', '--rate', 0),
    schedule: wordOption(options.schedule, '--schedule', SCHEDULES),
    dropAt,
    warmUp: number('warmUp', '--warm-up', 0),
    optimiser: wordOption(options.optimiser, '--optimiser', OPTIMISERS),
    weightDecay: number('weightDecay', '--weight-decay', 0),
    mirror: options.mirror !== false,
    seed: whole('seed', '--seed', 0),
    validate: heldOut(options.validate),
    validateSeed: whole('validateSeed', '--validate-seed', 0),
    crop: wordOption(options.crop, '--crop', CROPS),
    least: whole('least', '--least', 1),
    name: text(options, 'name'),
    runs: text(options, 'runs'),
    add: options.add === true,
    device: wordOption(options.device, '--device', DEVICES),
  };
}
