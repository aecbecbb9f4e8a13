import type { TrainingRun, WholeCurve } from '../../../core/contract/procedures/training.ts';
import { type RecipeInput, recipeOf } from '../../../core/jobs/train/recipe.ts';

/** A done run of a recipe. */
export const runOf = (
  name: string,
  input: RecipeInput & { start?: string },
  more: Partial<TrainingRun> = {},
): TrainingRun => ({
  ...{ name, id: '0'.repeat(16), state: 'done', job: null, problem: null },
  recipe: { ...recipeOf(input) },
  input: { ...input },
  data: {
    ...{ from: '/faces/p.visage', hash: 'a'.repeat(64), pictures: 'b'.repeat(64) },
    ...{ faces: 24, used: 24, classes: 3, validation: null, remarks: [] },
  },
  network: { parameters: 1_500_000, initial: 'c'.repeat(64), trained: 'd'.repeat(64) },
  versions: { visage: '1' },
  ...{ device: 'CPU', reason: '', started: 1, ended: 2, starts: 1, epoch: 2, step: 6 },
  ...{ loss: 1.5, accuracy: 0.25, validation: null, imagesPerSecond: 40, seconds: 90, model: null },
  files: { network: `/faces/p.visage/runs/${name}/network.onnx`, manifest: '' },
  ...more,
});

/** A curve of some steps, three an epoch, eight pictures a step at sixteen a second. */
export function curveOf(steps: readonly number[], loss: (step: number) => number): WholeCurve {
  const column = (of: (step: number) => number): Float64Array => Float64Array.from(steps, of);
  return {
    steps: Int32Array.from(steps),
    epochs: column((step) => step / 3),
    seconds: column((step) => step / 2),
    loss: column(loss),
    accuracy: column((step) => step / 100),
    clustering: column(() => Number.NaN),
    rate: column(() => 0.1),
    imagesPerSecond: column(() => 16),
    temperature: column(() => Number.NaN),
    validation: column(() => Number.NaN),
    ...{ every: 1, images: 8 },
  };
}
