import { join } from 'node:path';
import type { jobProcedures } from '../../contract/procedures/jobs.ts';
import type { Handlers } from '../../contract/server.ts';
import { addModel, modelTaps } from '../../jobs/models.ts';
import { parseManifest, writeManifest } from '../../models/manifest.ts';
import type { Workplace } from '../workplace.ts';

export const jobHandlers = (place: Workplace): Handlers<typeof jobProcedures> => ({
  'jobs.list': () => place.jobs.list(),
  'jobs.start': ({ kind, input }) => ({ id: place.jobs.start(kind, input) }),
  'jobs.again': ({ id }) => ({ id: place.jobs.again(id) }),
  'jobs.cancel': ({ id }) => {
    place.jobs.cancel(id);
    return null;
  },
  devices: () => place.lookups.devices(),
  'models.list': () =>
    place.project.models().map(({ name, hash, manifest, time }) => ({
      name,
      hash,
      manifest: manifest as Record<string, unknown>,
      time,
    })),
  'models.add': async ({ path, name }, options) => {
    const added = await addModel(
      place.project,
      place.lookups,
      { files: [path], ...(name !== undefined && { name }) },
      options,
    );
    place.push('project.changed', { what: 'models' });
    return { ...added };
  },
  'models.taps': ({ model }) => ({ ...modelTaps(place.project, model) }),
  'models.manifest': ({ model, manifest }) => {
    const record = place.project.model(model);
    const parsed = parseManifest({ ...manifest, hash: record.hash }, model);
    writeManifest(join(record.folder, 'manifest.json'), parsed);
    place.project.addModel({ name: record.name, hash: record.hash, manifest: parsed, folder: record.folder });
    place.push('project.changed', { what: 'models' });
    return null;
  },
});
