import { ATTRIBUTES } from '../../attributes/attributes.ts';
import { disputeOf, type Opinion } from '../../attributes/queues/disagreement.ts';
import { Ranking } from '../../attributes/queues/ranking.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import type { Agent } from '../../project/types.ts';
import type { HeadOfProject } from '../heads/stored.ts';
import { supersededHashes } from '../heads/stored.ts';
import { type Candidate, type Found, percent, type QueueContext } from './candidates.ts';

const spoken = ({ origin, name }: Agent): string =>
  origin === 'dataset'
    ? `the data set ${name}`
    : origin === 'model'
      ? `the model ${name}`
      : `${origin} ${name}`;

/**
 * Faces about which those who spoke differ, the surest dispute first. A person's word settles a dispute between others:
 * where people spoke, only they are compared. Heads that newer ones replaced are not heard; the newest is heard about its
 * own teachers too, through the fits that left them out.
 */
export function disagreementQueue(context: QueueContext, options: WorkOptions): Found {
  const { project, table } = context;
  const ranking = new Ranking<Candidate>(context.limit);
  const notes: string[] = [];
  let total = 0;
  context.attributes.forEach((attribute, step) => {
    throwIfCancelled(options.signal);
    options.onProgress?.({
      stage: 'Comparing opinions',
      done: step,
      total: context.attributes.length,
      unit: 'attributes',
    });
    const { name, values } = ATTRIBUTES[attribute];
    const old = supersededHashes(project, name);
    const heard = project
      .opinions(attribute, table.faces)
      .filter(({ agent }) => agent.hash === undefined || !old.has(agent.hash));
    const people: Opinion[] = [];
    const others: Opinion[] = [];
    for (const { agent, values: said, confidences } of heard) {
      (agent.origin === 'human' ? people : others).push({ agent: spoken(agent), values: said, confidences });
    }
    const head = context.heads.get(name);
    if (head) {
      const applied = heard.find(({ agent }) => agent.hash === head.record.hash);
      others.push(outOfFoldOpinion(head, table.faces, applied?.values));
    }
    if (people.length + others.length < 2) {
      notes.push(`${name}: fewer than two have said anything.`);
      return;
    }
    for (let i = 0; i < table.faces.length; i++) {
      const opinions = people.some(({ values: said }) => said[i] >= 0) ? people : others;
      const dispute = disputeOf(opinions, i, values.length);
      if (dispute === undefined) continue;
      total++;
      const face = table.faces[i];
      if (!ranking.admits(face, dispute.score)) continue;
      const current = table.values[attribute][i];
      ranking.add({
        face,
        attribute,
        current,
        suggested: dispute.favoured,
        score: dispute.score,
        why: () =>
          dispute.voices
            .map((a) => {
              const { agent, values: said, confidences } = opinions[a];
              const sure = Number.isNaN(confidences[i]) ? '' : ` (${percent(confidences[i])})`;
              return `${agent} says '${values[said[i]]}'${sure}`;
            })
            .join(', ')
            .replace(/^./, (letter) => letter.toUpperCase())
            .concat('.'),
      });
    }
  });
  return { candidates: ranking.items(), total, notes };
}

/** What a head says about the faces that it learnt from, where it has not said so in a label. */
function outOfFoldOpinion(head: HeadOfProject, faces: Int32Array, applied: Int8Array | undefined): Opinion {
  const { head: model, outOfFold } = head.load();
  const values = new Int8Array(faces.length).fill(-1);
  const confidences = new Float32Array(faces.length).fill(Number.NaN);
  const learnt = new Map<number, number>();
  outOfFold.faces.forEach((face, k) => {
    learnt.set(face, k);
  });
  const classes = model.values.length;
  for (let i = 0; i < faces.length; i++) {
    const k = learnt.get(faces[i]);
    if (k === undefined || (applied !== undefined && applied[i] >= 0)) continue;
    let best = 0;
    for (let c = 1; c < classes; c++)
      if (outOfFold.probabilities[k * classes + c] > outOfFold.probabilities[k * classes + best]) best = c;
    values[i] = model.values[best];
    confidences[i] = outOfFold.probabilities[k * classes + best];
  }
  return { agent: `the model ${head.record.name}`, values, confidences };
}
