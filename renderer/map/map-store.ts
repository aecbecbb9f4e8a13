import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { OutputOf } from '../../core/contract/procedure.ts';
import type { VisageClient, VisageProcedures } from '../../core/contract/visage.ts';
import { clusterOfRows } from '../faces/clusters.ts';
import { useNotices } from '../shell/notices.ts';
import { useFaces } from '../workspace/faces-store.ts';
import type { ColourBy } from './colouring.ts';
import type { Camera } from './points/camera.ts';

type Projection = OutputOf<VisageProcedures, 'projections.list'>[number];
type Clustering = OutputOf<VisageProcedures, 'clusterings.list'>[number];
export interface Points {
  faces: Int32Array;
  xy: Float32Array;
}

const noPoints = (): Points => ({ faces: new Int32Array(0), xy: new Float32Array(0) });

/**
 * What the map shows: the maps and clusterings of the project, the chosen map's points, and by what they are coloured.
 * It outlives the view, so that coming back from a face or the grid finds the map as it was left.
 */
export const useMap = defineStore('map', () => {
  const faces = useFaces();
  const notices = useNotices();
  const projections = shallowRef<Projection[]>([]);
  const clusterings = shallowRef<Clustering[]>([]);
  const chosen = ref('');
  const points = shallowRef<Points>(noPoints());
  /** True from the first look at the project's maps on. */
  const known = ref(false);
  const loading = ref(false);
  /** 'attribute:0', 'cohort', 'cluster:NAME' */
  const colourKey = ref('attribute:0');
  /** The clustering by which points are coloured, as the cluster of each row. */
  const assignment = shallowRef<{ clustering: string; ofRow: Int32Array; k: number } | null>(null);
  /** Where the camera was left, and of which points. */
  const left = shallowRef<{ camera: Camera; of: Float32Array } | null>(null);
  let of = '';
  let asked = 0;

  const projection = computed(() => projections.value.find(({ name }) => name === chosen.value) ?? null);
  const choice = computed<ColourBy>(() => {
    const [by, rest] = split(colourKey.value);
    if (by === 'attribute' || by === 'confidence' || by === 'origin') return { by, attribute: Number(rest) };
    // While an assignment is on its way the colours of the sources stand in.
    if (by === 'cluster') return assignment.value ? { by, ...assignment.value } : { by: 'source' };
    return { by: by as 'cohort' | 'source' | 'identity' };
  });

  /** Reads what maps there are; keeps the chosen one when it is still there. @param prefer name of one to show */
  async function load(client: VisageClient, prefer?: string): Promise<void> {
    const path = faces.summary?.path ?? '';
    if (path !== of) {
      of = path;
      chosen.value = '';
      points.value = noPoints();
      assignment.value = null;
      if (colourKey.value.startsWith('cluster:')) colourKey.value = 'attribute:0';
    }
    await notices.attempt(async () => {
      const [maps, clusters] = await Promise.all([
        client.call('projections.list', {}),
        client.call('clusterings.list', {}),
      ]);
      projections.value = maps;
      clusterings.value = clusters;
      known.value = true;
    });
    const name = [prefer, chosen.value, bestOf(projections.value)].find((wanted) =>
      projections.value.some((one) => one.name === wanted),
    );
    // The same name can stand for another map now: it is read again.
    if (name !== undefined && (name !== chosen.value || prefer === name || points.value.faces.length === 0))
      await show(client, name);
  }

  async function show(client: VisageClient, name: string): Promise<void> {
    chosen.value = name;
    const mine = ++asked;
    loading.value = true;
    const data = await notices.attempt(() => client.call('projections.points', { projection: name }));
    // The user may have chosen another one meanwhile.
    if (mine !== asked) return;
    loading.value = false;
    if (data) points.value = data;
  }

  async function colourBy(client: VisageClient, key: string): Promise<void> {
    colourKey.value = key;
    const [by, name] = split(key);
    if (by !== 'cluster' || assignment.value?.clustering === name) return;
    assignment.value = null;
    const ofRow = await notices.attempt(() => clusterOfRows(client, faces.columns, name));
    if (!ofRow || colourKey.value !== key) return;
    const k = clusterings.value.find((one) => one.name === name)?.k ?? 1;
    assignment.value = { clustering: name, ofRow, k };
  }

  // Rows move when faces are added.
  watch(
    () => faces.columns.faces.length,
    () => {
      assignment.value = null;
      if (colourKey.value.startsWith('cluster:')) colourKey.value = 'attribute:0';
    },
  );

  return {
    projections,
    clusterings,
    projection,
    chosen,
    points,
    known,
    loading,
    colourKey,
    choice,
    assignment,
    left,
    load,
    show,
    colourBy,
  };
});

/** The latest map that keeps neighbours together, else the latest. */
const bestOf = (maps: readonly Projection[]): string | undefined =>
  (maps.findLast(({ method }) => method !== 'pca') ?? maps.at(-1))?.name;

function split(key: string): [string, string] {
  const at = key.indexOf(':');
  return at < 0 ? [key, ''] : [key.slice(0, at), key.slice(at + 1)];
}
