import type { Handlers, Served } from '../../contract/server.ts';
import { serve } from '../../contract/server.ts';
import { type VisageProcedures, type VisageTopics, visageContract } from '../../contract/visage.ts';
import type { Port } from '../../contract/wire.ts';
import type { Workplace } from '../workplace.ts';
import { analysisHandlers } from './analysis.ts';
import { clusterHandlers } from './clusters.ts';
import { evaluationHandlers } from './evaluations.ts';
import { exportHandlers } from './exports.ts';
import { fileHandlers } from './files.ts';
import { jobHandlers } from './jobs.ts';
import { labelHandlers } from './labels.ts';
import { preferenceHandlers } from './preferences.ts';
import { projectHandlers } from './project.ts';
import { trainingHandlers } from './training.ts';

/** Answers to the whole contract, on one workplace. */
export const visageHandlers = (place: Workplace): Handlers<VisageProcedures> => ({
  ...projectHandlers(place),
  ...labelHandlers(place),
  ...analysisHandlers(place),
  ...clusterHandlers(place),
  ...evaluationHandlers(place),
  ...jobHandlers(place),
  ...trainingHandlers(place),
  ...exportHandlers(place),
  ...fileHandlers(place),
  ...preferenceHandlers(place),
});

/** Serves one window until its port closes. `defect` hears of errors that are no Fault. */
export function serveWindow(
  place: Workplace,
  port: Port,
  defect: (procedure: string, thrown: unknown) => void,
): Served<VisageTopics> {
  let remove = (): void => {};
  const window = serve(visageContract, visageHandlers(place), port, defect, () => remove());
  remove = place.add(window);
  return window;
}
