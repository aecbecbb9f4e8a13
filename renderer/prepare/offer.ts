import { noun } from '../../core/contract/noun.ts';
import type { PreparePlanShown } from '../../core/contract/procedures/jobs.ts';
import { spanOf } from '../jobs/job-line.ts';

type Step = PreparePlanShown['steps'][number];

/** 'face-api-ssd (comes with Visage), pfld' */
export const networksOf = ({ uses, adds }: Pick<Step, 'uses' | 'adds'>): string =>
  uses.map((name) => (adds.includes(name) ? `${name} (comes with Visage)` : name)).join(', ');

/** What stands behind a step's title: how many faces by what in what time, or why not. */
export function stepWords(step: Step): string {
  if (step.state !== 'to do') return step.reason;
  return `${noun(step.faces, 'face')} · ${networksOf(step)} · about ${spanOf(Math.max(1, step.seconds ?? 0))}`;
}

/** Steps that stand open; a project without any is not offered anything. */
export const openSteps = (plan: PreparePlanShown): Step[] =>
  plan.steps.filter(({ state }) => state === 'to do');

/** What the button would do, in one sentence. */
export const offerWords = (plan: PreparePlanShown): string =>
  `Visage can find the faces, say pose, age and gender, extract features, cluster and map them by itself, with networks that came with it: ${noun(openSteps(plan).length, 'step')}, about ${spanOf(plan.seconds)} on this machine. Nothing leaves it.`;
