import type { JobShown } from '../../core/contract/procedures/jobs.ts';
import { shareOf } from '../jobs/job-line.ts';

const TITLES: Readonly<Record<string, string>> = {
  start: 'Projects',
  add: 'Add faces',
  models: 'Models and jobs',
};

/** '42 % · Map – Faces – Visage': how far the running job is, the view, the project. */
export function windowTitle(
  route: { name?: unknown; params: Record<string, unknown> },
  project: string | undefined,
  running: readonly Pick<JobShown, 'state' | 'progress'>[],
): string {
  const name = String(route.name ?? '');
  const view = TITLES[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
  const face = name === 'face' ? ` ${String(route.params.face)}` : '';
  const share = shareOf(running.find(({ state }) => state === 'running')?.progress ?? null);
  const far = share === undefined ? '' : `${Math.round(100 * share)} % · `;
  return `${far}${[`${view}${face}`, project, 'Visage'].filter(Boolean).join(' – ')}`;
}
