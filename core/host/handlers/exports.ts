import { existsSync } from 'node:fs';
import type { exportProcedures } from '../../contract/procedures/exports.ts';
import type { Handlers } from '../../contract/server.ts';
import { compositionOf } from '../../jobs/export/composition.ts';
import { listExports, readExport } from '../../jobs/export/listing.ts';
import { defaultExportFolder, previewExport } from '../../jobs/export.ts';
import { verifyPath } from '../../jobs/verify.ts';
import type { Workplace } from '../workplace.ts';

/** Faces that were passed over: the window lists the first, the manifest all. */
const LISTED = 200;
const cut = <T>(all: readonly T[]): { count: number; first: T[] } => ({
  count: all.length,
  first: all.slice(0, LISTED),
});

export const exportHandlers = (place: Workplace): Handlers<typeof exportProcedures> => ({
  'export.preview': async ({ settings, selection }, options) => {
    const begun = performance.now();
    const plan = await previewExport(place.project, selection, settings, options);
    return {
      images: plan.chosen.length,
      cohorts: plan.cohorts,
      short: plan.short,
      passedOver: cut(plan.passedOver),
      ...compositionOf(plan),
      folder: defaultExportFolder(place.project, settings, existsSync),
      seconds: (performance.now() - begun) / 1000,
    };
  },
  'export.list': () => listExports(place.project),
  'export.read': async ({ folder }) => {
    const set = await readExport(folder);
    return { ...set, passedOver: cut(set.passedOver) };
  },
  'export.verify': async ({ folder }, options) => {
    const begun = performance.now();
    const { problems } = await verifyPath({ path: folder, hashes: true }, options);
    return { problems, seconds: (performance.now() - begun) / 1000 };
  },
});
