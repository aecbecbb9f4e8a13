import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { OutputOf } from '../../core/contract/procedure.ts';
import type { ClusterProfileShown } from '../../core/contract/procedures/clusters.ts';
import type { JobShown } from '../../core/contract/procedures/jobs.ts';
import type { VisageProcedures } from '../../core/contract/visage.ts';
import { useNotices } from '../shell/notices.ts';
import { useClient } from '../workspace/client.ts';
import { useFaces } from '../workspace/faces-store.ts';
import { useJobs } from '../workspace/jobs-store.ts';
import type { StoredScore } from './board/scoreboard.ts';

export type FeatureSetShown = OutputOf<VisageProcedures, 'features.list'>[number];
export type ClusteringShown = OutputOf<VisageProcedures, 'clusterings.list'>[number];

const KINDS = new Set(['embed', 'cluster', 'score']);

/**
 * Feature sets, clusterings and scores of the open project, and the runs that were started here: a clustering that is
 * done is scored, also when another view is shown meanwhile.
 */
export const useClusters = defineStore('clusters', () => {
  const client = useClient();
  const faces = useFaces();
  const jobs = useJobs();
  const notices = useNotices();
  const features = shallowRef<FeatureSetShown[]>([]);
  const clusterings = shallowRef<ClusteringShown[]>([]);
  const scores = shallowRef<StoredScore[]>([]);
  /** False until the lists were read: an empty list then says something. */
  const loaded = ref(false);
  const project = computed(() => faces.summary?.path ?? null);
  const featureNames = computed(() => new Map(features.value.map(({ id, name }) => [id, name])));
  /** Running and waiting jobs of this view, the oldest first. */
  const running = computed(() => jobs.running.filter(({ kind }) => KINDS.has(kind)).toReversed());

  async function load(): Promise<void> {
    if (project.value === null) return;
    await notices.attempt(async () => {
      const [sets, made, scored] = await Promise.all([
        client.call('features.list', {}),
        client.call('clusterings.list', {}),
        client.call('scores.list', {}),
      ]);
      features.value = sets;
      clusterings.value = made;
      scores.value = scored;
      loaded.value = true;
    });
  }
  watch(
    project,
    () => {
      features.value = [];
      clusterings.value = [];
      scores.value = [];
      loaded.value = false;
      void load();
    },
    { immediate: true },
  );
  client.on('project.changed', ({ what }) => {
    if (what === 'features' || what === 'clusterings' || what === 'scores') void load();
  });

  const clusteringNamed = (name: string): ClusteringShown | undefined =>
    clusterings.value.find((clustering) => clustering.name === name);

  /** Profiles by clustering and source, as of the labels when they were read. */
  const kept = new Map<string, Promise<ClusterProfileShown[]>>();

  /** What every cluster is about. Read once for the same clustering, source and labels. */
  function profiles(clustering: ClusteringShown, source: string | null): Promise<ClusterProfileShown[]> {
    const key = `${project.value}|${clustering.id}|${clustering.time}|${source}|${faces.version}`;
    const known = kept.get(key);
    if (known) return known;
    const asked = client.call('clusterings.profiles', {
      clustering: clustering.name,
      ...(source !== null && { source }),
    });
    kept.set(key, asked);
    asked.catch(() => kept.delete(key));
    // A few clusterings are compared at a time; older ones would only take memory.
    if (kept.size > 6) kept.delete(kept.keys().next().value as string);
    return asked;
  }

  /** For names only: labels that changed since are not worth reading everything again. */
  const named = new Map<string, Promise<ClusterProfileShown[]>>();
  function namedProfiles(clustering: ClusteringShown): Promise<ClusterProfileShown[]> {
    const key = `${project.value}|${clustering.id}|${clustering.time}`;
    const known = named.get(key);
    if (known) return known;
    const asked = profiles(clustering, null);
    named.set(key, asked);
    asked.catch(() => named.delete(key));
    return asked;
  }
  client.on('labels.changed', ({ faces: changed }) => {
    if (changed.length !== 1) named.clear();
  });

  /** Sources that a clustering is scored for when it is done, by its job. */
  const followed = new Map<number, readonly (string | null)[]>();

  function follow(job: JobShown): void {
    const sources = followed.get(job.id);
    if (sources === undefined || job.state === 'waiting' || job.state === 'running') return;
    followed.delete(job.id);
    const { clustering, features: set, k } = { ...job.input, ...job.result } as Record<string, unknown>;
    if (job.state === 'done') void score(String(clustering), sources);
    else if (job.state === 'failed')
      notices.show('problem', `No ${k} clusters of '${set}' were made. ${job.problem ?? ''}`);
  }
  watch(
    () => jobs.jobs,
    (all) => {
      if (followed.size > 0) for (const job of all) follow(job);
    },
  );

  /** Starts a clustering that is scored for these sources (null: all faces) when it is done. */
  async function run(input: Record<string, unknown>, sources: readonly (string | null)[]): Promise<void> {
    await notices.attempt(async () => {
      const { id } = await client.call('jobs.start', { kind: 'cluster', input });
      followed.set(id, sources);
      const job = jobs.jobs.find((one) => one.id === id);
      if (job) follow(job);
    });
  }

  async function score(clustering: string, sources: readonly (string | null)[]): Promise<void> {
    for (const source of sources) {
      const input = { clustering, ...(source !== null && { source }) };
      await notices.attempt(() => client.call('jobs.start', { kind: 'score', input }));
    }
  }

  return {
    features,
    clusterings,
    scores,
    loaded,
    featureNames,
    running,
    load,
    clusteringNamed,
    profiles,
    namedProfiles,
    run,
    score,
  };
});
