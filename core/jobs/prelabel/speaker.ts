import type { Manifest } from '../../models/manifest.ts';

/** Whoever says something of faces' attributes under a name: a network of the project, or the pose of landmarks. */
export interface Speaker {
  manifest: Pick<Manifest, 'name' | 'readings'>;
  /** Content hash; labels by another hash are another speaker's. */
  hash: string;
}
