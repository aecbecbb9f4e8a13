import type { RecipeInput } from './recipe.ts';

/** A row of Table 5.1, or a public recipe, as words for `visage train`. */
export interface Preset {
  /** As the thesis writes it. */
  name: string;
  title: string;
  /** What is particular about it, in a sentence. */
  about: string;
  recipe: RecipeInput;
  /** The preset whose trained network it starts from (thesis §5.3: the clusters' loss comes to a network trained without it). */
  start?: string;
}

const clusters = (P: number): RecipeInput => ({ clusters: P, clusterLabels: 'sinkhorn', clusterHead: 'mlp' });

/** Networks and losses of thesis Table 5.1, at the thesis's own size and schedule where `SCALES` says no other. */
export const PRESETS: readonly Preset[] = [
  {
    name: 'BL',
    title: 'BL: plain IR-18',
    about: 'The baseline: a residual network of 18 layers that learns to tell identities apart.',
    recipe: { network: 'bl' },
  },
  {
    name: 'DC',
    title: 'DC: dynamic convolution',
    about: 'Four experts per convolution of the last three stages; the routing vector has 24 entries.',
    recipe: { network: 'dc' },
  },
  ...[30, 300, 1000].map((P) => ({
    name: `AS1:P=${P}`,
    title: `AS1: DC with ${P} prototypes`,
    about: 'Routing vectors learn to form clusters of equal size, by Sinkhorn–Knopp over each batch.',
    recipe: { network: 'dc', ...clusters(P) } as const,
    start: 'DC',
  })),
  ...[0.1, 15].map((T) => ({
    name: `AS2:T=${T}`,
    title: `AS2: AS1 at temperature ${T}`,
    about: `The softmax over experts has the temperature ${T}: routing is ${T < 1 ? 'nearly a choice of one' : 'nearly even'}.`,
    recipe: { network: 'dc', routingTemperature: T, ...clusters(300) } as const,
    start: 'DC',
  })),
  {
    name: 'AS3:I',
    title: 'AS3: no projection',
    about: 'Prototypes are compared with the routing vector itself.',
    recipe: { network: 'dc', ...clusters(300), clusterHead: 'identity' },
    start: 'DC',
  },
  {
    name: 'AS3:L',
    title: 'AS3: linear projection',
    about: 'Prototypes are compared with a linear projection of the routing vector.',
    recipe: { network: 'dc', ...clusters(300), clusterHead: 'linear' },
    start: 'DC',
  },
  {
    name: 'DGC',
    title: 'Dynamic group convolution',
    about: 'Four groups of four experts, without clusters: what AS4 and AS5 start from. 96 routing weights.',
    recipe: { network: 'as4' },
  },
  {
    name: 'AS4',
    title: 'AS4: groups and prototypes',
    about: 'Dynamic group convolution, whose routing vectors form clusters by Sinkhorn–Knopp.',
    recipe: { network: 'as4', ...clusters(300) },
    start: 'DGC',
  },
  {
    name: 'AS5',
    title: 'AS5: CondFace',
    about: 'As AS4, with pseudo-labels from k-means over all pictures before each epoch.',
    recipe: { network: 'as4', ...clusters(300), clusterLabels: 'kmeans' },
    start: 'DGC',
  },
];

/** How large a preset is trained. */
export interface Scale {
  name: string;
  about: string;
  /** What every preset takes beside its own words. */
  recipe: RecipeInput;
  /**
   * Of networks with routing that start from nothing. Over few epochs dynamic convolution learns little unless its softmax
   * is nearly even at first (Chen et al. 2020, Dynamic Convolution: Attention over Convolution Kernels).
   */
  dynamic: RecipeInput;
  /** Of those that start from a trained network. */
  after: RecipeInput;
}

export const SCALES = {
  smoke: {
    name: 'smoke',
    about:
      '16 pixels and a few hundred pictures, in a minute: shows that everything runs; its figures mean nothing.',
    recipe: {
      ...{ width: 0.125, size: 16, embedding: 16, batch: 64, epochs: 1 },
      ...{ scale: 32, margin: 0.2, rate: 0.01, schedule: 'cosine' },
    },
    dynamic: {},
    after: {},
  },
  small: {
    name: 'small',
    about:
      '32 pixels, a quarter of the width, a few epochs of a few thousand pictures: minutes on a processor.',
    recipe: {
      ...{ width: 0.25, size: 32, embedding: 128, batch: 128, epochs: 4 },
      // A scale of 64 with a margin of 0.35 does not start on so few pictures.
      ...{ scale: 32, margin: 0.2, rate: 0.1, schedule: 'cosine', warmUp: 0.5 },
    },
    dynamic: { annealFrom: 30, annealEpochs: 2 },
    after: { epochs: 2, rate: 0.05, warmUp: 0.25 },
  },
  medium: {
    name: 'medium',
    about: '64 pixels, half the width, a dozen epochs: an hour or two on a GPU.',
    recipe: {
      ...{ width: 0.5, size: 64, embedding: 256, batch: 128, epochs: 12 },
      ...{ scale: 32, margin: 0.3, rate: 0.1, schedule: 'cosine', warmUp: 0.5 },
    },
    dynamic: { annealFrom: 30, annealEpochs: 6 },
    after: { epochs: 4, rate: 0.05, warmUp: 0.25 },
  },
  thesis: {
    name: 'thesis',
    about: '112 pixels, full width, 512 pictures per step, 32 epochs (thesis §5.4.1): days on a GPU.',
    recipe: { width: 1, size: 112, embedding: 512, batch: 64, accumulate: 8, epochs: 32, rate: 0.1 },
    dynamic: {},
    after: {},
  },
} as const satisfies Record<string, Scale>;
export type ScaleName = keyof typeof SCALES;

/** @returns undefined where no preset has that name */
export const presetOf = (name: string): Preset | undefined => PRESETS.find((preset) => preset.name === name);

/** A preset's words at a scale. @param goesOn whether it starts from a trained network */
export function presetRecipe(
  preset: Preset,
  scale: ScaleName,
  goesOn: boolean = preset.start !== undefined,
): RecipeInput {
  const { recipe, dynamic, after }: Scale = SCALES[scale];
  const first = preset.recipe.network === 'bl' ? {} : dynamic;
  return { ...recipe, ...(goesOn ? after : first), ...preset.recipe };
}
