// Labels in a loop until it is killed: 'node labelling-child.ts PROJECT FACES SEED'. Each committed batch is
// acknowledged on stdout as a line of JSON: batch id and the labels that it wrote.
import { writeSync } from 'node:fs';
import { VALUE_COUNTS } from '../../../core/attributes/attributes.ts';
import { Random } from '../../../core/foundation/random.ts';
import { Project } from '../../../core/project/project.ts';

const [path, count, seed] = process.argv.slice(2);
const random = new Random(Number(seed));
const project = Project.open(path);
const set = project.beginFeatureSet({
  name: `run ${seed}`,
  model: 'net',
  modelHash: 'h',
  tap: 't',
  dimensions: 64,
  kind: 'embedding',
  device: 'CPU',
});
for (let face = 1; ; face++) {
  const changes = Array.from({ length: 1 + random.below(40) }, () => {
    const attribute = random.below(5);
    return { face: 1 + random.below(Number(count)), attribute, value: random.below(VALUE_COUNTS[attribute]) };
  });
  const batch = project.label(
    changes,
    { origin: 'human', name: 'ana' },
    { kind: 'label', description: 'loop' },
  );
  // One write, so that a kill cannot leave half a line.
  writeSync(1, `${JSON.stringify({ batch: batch.id, changes })}\n`);
  if (face % 3 === 0) writeSync(1, `${JSON.stringify({ undone: project.undo().target })}\n`);
  if (face <= Number(count)) set.append(Int32Array.of(face), new Float32Array(64).fill(face));
}
