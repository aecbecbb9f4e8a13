import type { fileProcedures } from '../../contract/procedures/files.ts';
import type { Handlers } from '../../contract/server.ts';
import { READERS } from '../../datasets/formats.ts';
import { previewImport } from '../../jobs/import.ts';
import { kindOf, listFolder, placeProblem, places, typedPath } from '../places.ts';
import type { Workplace } from '../workplace.ts';

/** Rejects and repairs that a preview carries; their whole number stands beside them. */
const LISTED = 500;

export const fileHandlers = (place: Workplace): Handlers<typeof fileProcedures> => ({
  'files.list': ({ path }) => listFolder(path),
  'files.places': () => places(),
  'files.kind': ({ path }) => kindOf(path),
  'project.place': ({ path }) => {
    const absolute = typedPath(path);
    return { path: absolute, problem: placeProblem(absolute) };
  },
  'source.inspect': async ({ path, ...choice }, options) => {
    const preview = await previewImport(place.opened, { source: typedPath(path), ...choice }, options);
    return {
      ...preview,
      rejects: preview.rejects.slice(0, LISTED),
      repairs: preview.repairs.slice(0, LISTED),
      sample: preview.sample.map(({ path: file, identity, labels }) => ({
        path: file,
        ...(identity !== undefined && { identity }),
        labels: Array.from({ length: 5 }, (_, a) => labels?.[a] ?? null),
      })),
    };
  },
  'source.formats': () => READERS.map(({ format, title, looksFor }) => ({ format, title, looksFor })),
  'cache.info': () => place.cache.size(),
  'cache.clear': () => place.cache.clear(),
});
