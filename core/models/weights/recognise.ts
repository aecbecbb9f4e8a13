import type { Preparation } from '../../engine/preparation.ts';
import { Fault } from '../../foundation/fault.ts';
import { curricularNetwork } from '../architectures/curricular.ts';
import { BLOCKS, type Depth, type FaceNetwork, faceNetwork } from '../architectures/face-network.ts';
import { WeightsByName } from '../architectures/given-weights.ts';
import { mobileFaceNet } from '../architectures/mobilefacenet.ts';
import { NAMINGS, stagedMobileFaceNet } from '../architectures/staged-mobilefacenet.ts';
import { arcfaceName } from './arcface-names.ts';
import { isOfTraining, plainName, type StateDict } from './state-dict.ts';
import type { TorchTensor } from './torch-tensor.ts';

/** A checkpoint as a network of ours. */
export interface RecognisedNetwork extends FaceNetwork {
  /** What it was recognised as: 'ArcFace IR-50', 'MobileFaceNet (PReLU)'. */
  architecture: string;
  preparation: Preparation;
  embedding: number;
  /** What could not be seen in the weights and was taken from the published code. */
  guesses: string[];
  /** Where in the checkpoint its weights stand: '' for the whole, else 'state_dict', 'model.backbone'. */
  key: string;
  /** Weights that were used, and counters that PyTorch keeps beside them. */
  weights: StateDict;
  /** Weights beside the network that are not used: classifiers on top of it, other modules of the training. */
  ignored: string[];
  /** What the user should know: other networks in the checkpoint. */
  remarks: string[];
}

export interface RecogniseOptions {
  /** Where the weights are, as `RecognisedNetwork.key` says it or a part ahead of it. */
  key?: string;
  /** ε of BatchNormalization, where it is not 1e-5 (2e-5 in the first public ArcFace code). */
  epsilon?: number;
}

type Built = Omit<RecognisedNetwork, 'key' | 'weights' | 'remarks'>;

/** One family of public checkpoints. */
interface Family {
  title: string;
  /** Weights that only this family has. */
  marks: readonly string[];
  build(weights: StateDict, origin: string, options: RecogniseOptions): Built;
}

const shape = (weights: StateDict, name: string): readonly number[] => weights.get(name)?.shape ?? [];

const minusOneToOne = (size: readonly [number, number], divisor = 127.5): Preparation => ({
  size,
  crop: { kind: 'aligned', template: 'arcface' },
  channels: 'rgb',
  mean: [127.5, 127.5, 127.5],
  std: [divisor, divisor, divisor],
  layout: 'nchw',
});

/** How many of prefix0, prefix1, … there are. */
function count(weights: StateDict, name: (at: number) => string): number {
  let at = 0;
  while (weights.has(name(at))) at++;
  return at;
}

/** Side of the last feature map. @throws Fault where the fully connected layer fits no square one */
function mapSide(columns: number, channels: number, origin: string): number {
  const side = Math.sqrt(columns / channels);
  if (!Number.isInteger(side)) {
    throw new Fault(
      `'${origin}': the last layer takes ${columns} numbers, which is no square map of ${channels} channels.`,
    );
  }
  return side;
}

const arcface: Family = {
  title: 'ArcFace IResNet',
  marks: ['layer1.0.bn1.weight', 'layer4.0.downsample.0.weight', 'features.running_mean'],
  build(weights, origin, { epsilon }) {
    const blocks = [1, 2, 3, 4].map((stage) => count(weights, (i) => `layer${stage}.${i}.conv1.weight`));
    const depth = (Object.keys(BLOCKS) as unknown as Depth[]).find(
      (each) => BLOCKS[each].join() === blocks.join(),
    );
    if (depth === undefined) {
      throw new Fault(
        `'${origin}' is an IResNet of ${blocks.join(', ')} blocks; known: ${Object.entries(BLOCKS)
          .map(([layers, of]) => `${of.join(', ')} (IR-${layers})`)
          .join('; ')}.`,
      );
    }
    const [channels] = shape(weights, 'conv1.weight');
    const [embedding, columns] = shape(weights, 'fc.weight');
    const size = 16 * mapSide(columns, shape(weights, 'bn2.weight')[0], origin);
    const given = new WeightsByName(weights, origin, arcfaceName);
    const network = faceNetwork({
      ...{ kind: 'BL', depth: Number(depth) as Depth, width: channels / 64, size, embedding, given, epsilon },
    });
    const ignored = given.finish(embedding);
    return {
      ...network,
      architecture: `ArcFace IR-${depth}`,
      preparation: minusOneToOne([size, size]),
      embedding,
      ignored,
      guesses: [
        `input ${size}×${size}: the last feature map has ${size / 16}×${size / 16} places`,
        'aligned faces, RGB, (x − 127.5) / 127.5: as the public code prepares them',
      ],
    };
  },
};

const curricular: Family = {
  title: 'CurricularFace IR',
  marks: ['input_layer.0.weight', 'body.0.res_layer.1.weight', 'output_layer.3.weight'],
  build(weights, origin) {
    const total = count(weights, (i) => `body.${i}.res_layer.1.weight`);
    const widths = Array.from({ length: total }, (_, i) => shape(weights, `body.${i}.res_layer.3.weight`)[0]);
    const channels = [...new Set(widths)];
    const blocks = channels.map((width) => widths.filter((each) => each === width).length);
    const [embedding, columns] = shape(weights, 'output_layer.3.weight');
    const size = 2 ** channels.length * mapSide(columns, channels.at(-1) ?? 1, origin);
    const squeeze = weights.has('body.0.res_layer.5.fc1.weight');
    const affine = weights.has('output_layer.4.weight');
    const given = new WeightsByName(weights, origin);
    const network = curricularNetwork({ blocks, channels, squeeze, affine, size, embedding, given });
    const ignored = given.finish(embedding);
    const layers = 2 * total + 2;
    return {
      ...network,
      architecture: `CurricularFace IR${squeeze ? '-SE' : ''}-${layers}`,
      preparation: minusOneToOne([size, size]),
      embedding,
      ignored,
      guesses: ['aligned faces, RGB, (x − 127.5) / 127.5: as the public code prepares them'],
    };
  },
};

const prelu: Family = {
  title: 'MobileFaceNet (PReLU, Xiaoccer)',
  marks: ['conv1.conv.weight', 'dw_conv1.conv.weight', 'blocks.0.conv.0.weight', 'linear7.conv.weight'],
  build(weights, origin) {
    const [, , height, width] = shape(weights, 'linear7.conv.weight');
    const size = [16 * width, 16 * height] as const;
    const [embedding] = shape(weights, 'linear1.conv.weight');
    const given = new WeightsByName(weights, origin);
    const network = mobileFaceNet({ form: 'prelu', size, embedding, given });
    const ignored = given.finish(embedding);
    return {
      ...network,
      architecture: 'MobileFaceNet (PReLU)',
      preparation: minusOneToOne(size, 128),
      embedding,
      ignored,
      guesses: ['aligned faces, RGB, (x − 127.5) / 128: as the published evaluation prepares them'],
    };
  },
};

const relu6: Family = {
  title: 'MobileFaceNet (ReLU6, foamliu)',
  marks: [
    'conv1.0.weight',
    'dw_conv.depthwise.weight',
    'features.0.conv.0.0.weight',
    'gdconv.depthwise.weight',
  ],
  build(weights, origin) {
    const [, , height, width] = shape(weights, 'gdconv.depthwise.weight');
    const size = [16 * width, 16 * height] as const;
    const [embedding] = shape(weights, 'conv3.weight');
    const given = new WeightsByName(weights, origin);
    const network = mobileFaceNet({ form: 'relu6', size, embedding, given });
    const ignored = given.finish(embedding);
    return {
      ...network,
      architecture: 'MobileFaceNet (ReLU6)',
      preparation: {
        ...minusOneToOne(size),
        mean: [123.675, 116.28, 103.53],
        std: [58.395, 57.12, 57.375],
      },
      embedding,
      ignored,
      guesses: ['aligned faces, RGB, ImageNet mean and deviation: as the published evaluation prepares them'],
    };
  },
};

/** Forms that differ only in the names of their layers. */
function staged(naming: keyof typeof NAMINGS, title: string): Family {
  const {
    block,
    bottleneck,
    repeat,
    stages,
    separable,
    global,
    linear,
  }: (typeof NAMINGS)[keyof typeof NAMINGS] = NAMINGS[naming];
  const conv = (name: string): string => `${block(name)[0]}.weight`;
  const first = (stage: string, at: number): string => conv(bottleneck(repeat(stage, at))[0]);
  return {
    title,
    marks: [
      conv(stages[0]),
      conv(bottleneck(stages[2])[0]),
      conv(separable),
      conv(global),
      `${linear}.weight`,
    ],
    build(weights, origin) {
      const repeats = [1, 3, 5, 7].map((at) => count(weights, (i) => first(stages[at], i)));
      const blocks = [weights.has(conv(stages[1])) ? 1 : repeats[0], ...repeats.slice(1)] as unknown as [
        ...[number, number, number, number],
      ];
      const scale = shape(weights, conv(stages[0]))[0] / 64;
      const size = 16 * shape(weights, conv(global))[2];
      const [embedding] = shape(weights, `${linear}.weight`);
      const given = new WeightsByName(weights, origin);
      const network = stagedMobileFaceNet({ naming, blocks, scale, size, embedding, given });
      const ignored = given.finish(embedding);
      return {
        ...network,
        architecture: title,
        preparation: minusOneToOne([size, size]),
        embedding,
        ignored,
        guesses: ['aligned faces, RGB, (x − 127.5) / 127.5: as the public code prepares them'],
      };
    },
  };
}

const FAMILIES: readonly Family[] = [
  arcface,
  curricular,
  prelu,
  relu6,
  staged('insightface', 'MobileFaceNet (ArcFace code)'),
  staged('treb1en', 'MobileFaceNet (InsightFace_Pytorch)'),
];

/** A network among the weights of a checkpoint. */
interface Place {
  family: Family;
  /** What stands ahead of its weights' names, with the dot. */
  prefix: string;
  tensors: number;
}

/** Averages of weights that training keeps beside the network itself, by how they are called. */
const COPY = /(^|[._])(ema|shadow|averaged?|avg|swa|teacher|momentum|key|target)([._]|$)/i;

/** Every known network, wherever its weights stand: the network itself first, then copies, each the largest first. */
function networksIn(weights: StateDict): Place[] {
  const names = [...weights.keys()].filter((name) => !isOfTraining(name));
  const found = new Map<string, Place>();
  for (const family of FAMILIES) {
    const [first] = family.marks;
    for (const name of names) {
      if (name !== first && !name.endsWith(`.${first}`)) continue;
      const prefix = name.slice(0, -first.length);
      if (found.has(prefix) || !family.marks.every((mark) => weights.has(prefix + mark))) continue;
      const tensors = names.filter((each) => each.startsWith(prefix)).length;
      found.set(prefix, { family, prefix, tensors });
    }
  }
  const copy = ({ prefix }: Place): number => (COPY.test(prefix) ? 1 : 0);
  return [...found.values()].sort((a, b) => copy(a) - copy(b) || b.tensors - a.tensors);
}

const keyOf = ({ prefix }: Place): string => prefix.slice(0, -1);
const quoted = (places: readonly Place[]): string =>
  places.map((place) => `'${keyOf(place)}' (${place.family.title})`).join(', ');

/**
 * Builds the network of a checkpoint's weights: which one it is, how deep, how wide and of what input size are read from
 * the names and shapes of the weights. Every weight of the network is used, and none is made up; what is ignored is named.
 * @param given tensors of the checkpoint by where they stand (`weightsOf`)
 * @throws Fault for weights of no known network, and where weights are missing, left over or no numbers
 */
export function recogniseNetwork(
  given: StateDict,
  origin: string,
  options: RecogniseOptions = {},
): RecognisedNetwork {
  const places = networksIn(given);
  const { key } = options;
  if (given.size === 0) throw new Fault(`'${origin}' holds no tensors, so no weights.`);
  if (places.length === 0) {
    const names = [...given.keys()].slice(0, 4).map((name) => `'${name}'`);
    throw new Fault(
      `'${origin}' holds weights of a network that is not known here (${names.join(', ')}, …); known: ${FAMILIES.map(({ title }) => title).join('; ')}. Export others to ONNX with PyTorch.`,
    );
  }
  const wanted = key === undefined || key === '' ? '' : `${plainName(key)}.`;
  const chosen = places.filter(({ prefix }) => prefix.startsWith(wanted));
  const [place] = chosen;
  if (place === undefined) {
    throw new Fault(`'${origin}' holds no weights under '${key}'; it holds: ${quoted(places)}.`);
  }
  const others = places.filter((each) => each !== place);
  const elsewhere = (name: string): boolean =>
    isOfTraining(name) ||
    others.some(({ prefix }) => prefix.length > place.prefix.length && name.startsWith(prefix));
  const weights = new Map<string, TorchTensor>();
  const beside: string[] = [];
  for (const [name, tensor] of given) {
    if (elsewhere(name)) continue;
    if (name.startsWith(place.prefix)) weights.set(name.slice(place.prefix.length), tensor);
    else if (!others.some(({ prefix }) => name.startsWith(prefix))) beside.push(name);
  }
  const built = place.family.build(weights, origin, options);
  const remarks =
    others.length === 0
      ? []
      : [
          `'${origin}' holds ${places.length} networks; the one under '${keyOf(place)}' was taken. The others: ${quoted(others)}; --key takes another.`,
        ];
  const unused = new Set(built.ignored);
  const ignored = [...built.ignored.map((name) => place.prefix + name), ...beside];
  for (const name of unused) weights.delete(name);
  return { ...built, key: keyOf(place), weights, ignored, remarks };
}
