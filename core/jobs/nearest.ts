import type { NearestInput, NearestRows } from '../clusters/nearest-task.ts';
import type { EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import type { ProjectStore } from '../project/store.ts';

const TASK = new URL('../clusters/nearest-task.ts', import.meta.url);

/** The faces most similar to one by the cosine of their rows, the face itself left out. @throws Fault when it has no row */
export async function nearestFaces(
  project: ProjectStore,
  engine: EngineClient,
  { features, face, count }: { features: string; face: number; count: number },
  options: WorkOptions = {},
): Promise<{ faces: Int32Array; similarities: Float32Array }> {
  const set = project.featureSet(features);
  const faces = project.featureFaces(set);
  const row = faces.indexOf(face);
  if (row < 0)
    throw new Fault(`Face ${face} has no row in '${features}'; extract the features again to add it.`);
  const found = await engine.run<NearestInput, NearestRows>(TASK, { file: set.file, row, count }, options);
  return { faces: found.rows.map((one) => faces[one]), similarities: found.similarities };
}
