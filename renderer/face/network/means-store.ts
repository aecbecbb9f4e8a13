import { defineStore } from 'pinia';
import { useClient } from '../../workspace/client.ts';
import { useFaces } from '../../workspace/faces-store.ts';

export interface MeanRow {
  row: Float32Array;
  /** Faces that it is the mean of. */
  faces: number;
}

/** Mean rows of feature sets and clusters: read once, while one steps from face to face. */
export const useMeans = defineStore('means', () => {
  const client = useClient();
  const faces = useFaces();
  const kept = new Map<string, Promise<MeanRow>>();
  client.on('project.changed', ({ what }) => {
    if (what === 'features' || what === 'clusterings') kept.clear();
  });

  function of(
    features: { name: string; time: number },
    own?: { clustering: string; cluster: number },
  ): Promise<MeanRow> {
    const key = JSON.stringify([
      faces.summary?.path,
      features.name,
      features.time,
      own?.clustering,
      own?.cluster,
    ]);
    const known = kept.get(key);
    if (known) return known;
    const asked = client.call('features.mean', {
      features: features.name,
      ...(own && { clustering: own.clustering, cluster: own.cluster }),
    });
    kept.set(key, asked);
    asked.catch(() => kept.delete(key));
    return asked;
  }
  return { of };
});
