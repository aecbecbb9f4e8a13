import { predict } from '../../attributes/heads/training.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';
import { chunkOf, type FeatureRows, featureMatrix } from './rows.ts';
import { checkFeatures, type HeadOfProject } from './stored.ts';

/**
 * Calibrated probabilities of a head for faces, one at a time: of the fit that left the face out where the head learnt
 * from it, of the head itself elsewhere. What a head says about its own teachers is no news.
 * @param each index of the face in `faces`; probabilities from `o`, one per entry of `values` (attribute values)
 */
export async function forEachPrediction(
  project: ProjectStore,
  rows: FeatureRows,
  head: HeadOfProject,
  faces: Int32Array,
  each: (i: number, probabilities: ArrayLike<number>, o: number, values: readonly number[]) => void,
  options: WorkOptions & { stage: string },
): Promise<void> {
  checkFeatures(head, rows.sets);
  const { head: model, outOfFold } = head.load();
  const { values } = model;
  const learnt = new Map<number, number>();
  outOfFold.faces.forEach((face, i) => {
    learnt.set(face, i);
  });
  const chunk = chunkOf(rows.dimensions);
  for (let from = 0; from < faces.length; from += chunk) {
    throwIfCancelled(options.signal);
    const part = faces.subarray(from, from + chunk);
    const fresh = part.filter((face) => !learnt.has(face));
    const matrix = await featureMatrix(project, rows, fresh, { signal: options.signal });
    const probabilities = predict(model, matrix, Int32Array.from(fresh.keys()));
    let next = 0;
    for (let k = 0; k < part.length; k++) {
      const own = learnt.get(part[k]);
      if (own === undefined) each(from + k, probabilities, next++ * values.length, values);
      else each(from + k, outOfFold.probabilities, own * values.length, values);
    }
    options.onProgress?.({
      stage: options.stage,
      done: from + part.length,
      total: faces.length,
      unit: 'faces',
    });
  }
}
