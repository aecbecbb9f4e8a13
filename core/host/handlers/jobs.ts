import type { jobProcedures } from '../../contract/procedures/jobs.ts';
import type { Handlers } from '../../contract/server.ts';
import { oneForEach } from '../../engine/devices.ts';
import { modelGraph, summariseGraph } from '../../jobs/model-graph.ts';
import { checkManifest, saveManifest } from '../../jobs/model-manifest.ts';
import { addModel, modelTaps } from '../../jobs/models.ts';
import { preparePlan } from '../../jobs/prepare/plan.ts';
import { planModel } from '../../models/add.ts';
import { parsedPrepare } from '../job-works.ts';
import { typedPath } from '../places.ts';
import type { Workplace } from '../workplace.ts';

export const jobHandlers = (place: Workplace): Handlers<typeof jobProcedures> => ({
  'jobs.list': () => place.jobs.list(),
  'jobs.start': ({ kind, input }) => ({ id: place.jobs.start(kind, input) }),
  'jobs.again': ({ id }) => ({ id: place.jobs.again(id) }),
  'jobs.cancel': ({ id }) => {
    place.jobs.cancel(id);
    return null;
  },
  'prepare.plan': ({ input }) => preparePlan(place.project, parsedPrepare(input ?? {})),
  devices: async () => oneForEach(await place.lookups.devices()),
  'models.list': () =>
    place.project.models().map(({ name, hash, manifest, time }) => ({
      name,
      hash,
      manifest: manifest as Record<string, unknown>,
      time,
    })),
  'models.inspect': ({ paths }) => {
    const plan = planModel(paths.map(typedPath));
    return {
      manifest: { ...plan.manifest },
      recognised: plan.recognised,
      verified: plan.verified,
      remarks: plan.remarks,
      batchReason: plan.batch.reason,
      graphs: plan.files.map(({ model, name }) => summariseGraph(model, name)),
    };
  },
  'models.add': async ({ paths, name, trust }, options) => {
    const added = await addModel(
      place.project,
      place.lookups,
      {
        files: paths.map(typedPath),
        ...(name !== undefined && { name }),
        ...(trust !== undefined && { trust }),
      },
      options,
    );
    place.push('project.changed', { what: 'models' });
    return added;
  },
  'models.graph': ({ model }) => modelGraph(place.project, model),
  'models.taps': ({ model }) => modelTaps(place.project, model),
  'models.check': ({ model, manifest }) => ({
    problems: checkManifest(place.project, model, manifest).problems,
  }),
  'models.manifest': ({ model, manifest }) => {
    saveManifest(place.project, model, manifest);
    place.push('project.changed', { what: 'models' });
    return null;
  },
});
