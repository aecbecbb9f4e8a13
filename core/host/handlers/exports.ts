import type { exportProcedures } from '../../contract/procedures/exports.ts';
import type { Handlers } from '../../contract/server.ts';
import { previewExport } from '../../jobs/export.ts';
import { verifyPath } from '../../jobs/verify.ts';
import type { Workplace } from '../workplace.ts';

export const exportHandlers = (place: Workplace): Handlers<typeof exportProcedures> => ({
  'export.preview': ({ settings, faces }) => {
    const { chosen, cohorts, short } = previewExport(place.project, faces ? { faces } : {}, settings);
    const sources = new Map<string, number>();
    const people = new Set<string>();
    for (const { source, identity } of chosen) {
      sources.set(source, (sources.get(source) ?? 0) + 1);
      if (identity !== null) people.add(`${source}\0${identity}`);
    }
    return {
      images: chosen.length,
      cohorts,
      short,
      sources: [...sources].map(([name, images]) => ({ name, images })),
      identities: people.size,
    };
  },
  'export.verify': async ({ folder }, options) => ({
    problems: (await verifyPath({ path: folder, hashes: true }, options)).problems,
  }),
});
