import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/**
 * The folder of the weights that come with the program: those of the npm package `@vladmandic/face-api` (MIT). None of
 * its code runs; its networks are built here.
 */
export const BUILT_IN_WEIGHTS = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model');

/** The weights manifest of a network that comes with the program. @param stem as in `FACE_API_NETWORKS` */
export const builtInWeights = (stem: string): string =>
  join(BUILT_IN_WEIGHTS, `${stem}-weights_manifest.json`);
