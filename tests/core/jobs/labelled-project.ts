import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../../core/foundation/random.ts';
import { Project } from '../../../core/project/project.ts';

/** A project of which the truth is known: features that say the attributes with some overlap, labels as asked for. */
export interface LabelledProject {
  path: string;
  project: Project;
  faces: Int32Array;
  /** True values per face: age, gender, race. */
  truth: number[][];
  remove(): void;
}

/**
 * @param label labels of face i as its data set says them, given its true values (undefined: unlabelled)
 */
export function labelledProject(
  count: number,
  label: (truth: readonly number[], i: number) => (number | undefined)[],
  options: { identity?: (i: number) => string | undefined; overlap?: number } = {},
): LabelledProject {
  const folder = mkdtempSync(join(tmpdir(), 'visage-heads-'));
  const path = join(folder, 'P.visage');
  const project = Project.create(path);
  const random = new Random(42);
  const truth = Array.from({ length: count }, () => [random.below(3), random.below(2), random.below(5)]);
  const source = project.addSource({ name: 'Drawn', format: 'folder', root: folder });
  project.putFaces(
    source.id,
    truth.map((values, i) => ({
      path: `${i}.png`,
      labels: label(values, i),
      identity: options.identity?.(i),
    })),
    'drawn',
  );
  const faces = project.select({});
  const d = 24;
  const overlap = options.overlap ?? 0.5;
  const rows = new Float32Array(count * d);
  truth.forEach(([age, gender, race], i) => {
    for (let j = 0; j < d; j++) rows[i * d + j] = overlap * random.normal();
    rows[i * d + age] += 2;
    rows[i * d + 3 + gender] += 2;
    rows[i * d + 5 + race] += 2;
  });
  const appender = project.beginFeatureSet({
    name: 'drawn:embedding',
    model: 'drawn',
    modelHash: 'abc123',
    tap: 'embedding',
    dimensions: d,
    kind: 'embedding',
    device: 'CPU',
  });
  appender.append(faces, rows);
  appender.close();
  return {
    path,
    project,
    faces,
    truth,
    remove() {
      project.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
