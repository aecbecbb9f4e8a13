import { z } from 'zod';
import type { Client } from './client.ts';
import type { Contract } from './procedure.ts';
import { analysisProcedures } from './procedures/analysis.ts';
import { clusterProcedures } from './procedures/clusters.ts';
import { evaluationProcedures } from './procedures/evaluations.ts';
import { exportProcedures } from './procedures/exports.ts';
import { fileProcedures } from './procedures/files.ts';
import { job, jobProcedures } from './procedures/jobs.ts';
import { labelProcedures } from './procedures/labels.ts';
import { preferenceProcedures, preferences } from './procedures/preferences.ts';
import { demoState, projectProcedures, summary } from './procedures/project.ts';
import { curveNews, trainingProcedures } from './procedures/training.ts';
import { ids, uint8s } from './values.ts';

/** The whole contract between the window and its host. */
export const visageContract = {
  procedures: {
    ...projectProcedures,
    ...labelProcedures,
    ...analysisProcedures,
    ...clusterProcedures,
    ...evaluationProcedures,
    ...jobProcedures,
    ...trainingProcedures,
    ...exportProcedures,
    ...fileProcedures,
    ...preferenceProcedures,
  },
  topics: {
    /** Labels of these faces changed, in this window or another (or by the command line: then `faces` is empty and everything may have). */
    'labels.changed': z.object({ faces: ids }),
    /** A step was taken back or brought back, in whichever window: of these faces and attributes. */
    'labels.stepped': z.object({
      how: z.enum(['undo', 'redo']),
      step: z.int(),
      faces: ids,
      attributes: uint8s,
    }),
    /** A job began, moved on or ended. */
    'jobs.changed': job,
    /** A run that is trained here has made steps. */
    'runs.curve': curveNews,
    'demo.changed': demoState,
    /** Preferences were changed, in this window or another. */
    'preferences.changed': preferences,
    /** Another window of this host opened or closed a project: what this one shows is not open any more. */
    'project.opened': z.object({ summary: summary.nullable() }),
    /** Faces, sources, models, features, clusterings, maps or evaluations were added. */
    'project.changed': z.object({
      what: z.enum(['faces', 'models', 'features', 'clusterings', 'projections', 'scores', 'evaluations']),
    }),
  },
} satisfies Contract;

export type VisageProcedures = (typeof visageContract)['procedures'];
export type VisageTopics = (typeof visageContract)['topics'];
export type VisageClient = Client<VisageProcedures, VisageTopics>;
