import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { EvaluationDetailShown, EvaluationShown } from '../../core/contract/procedures/evaluations.ts';
import { useNotices } from '../shell/notices.ts';
import { useClient } from '../workspace/client.ts';
import { useFaces } from '../workspace/faces-store.ts';
import { useJobs } from '../workspace/jobs-store.ts';

/** What networks were judged on pairs in the open project. */
export const useEvaluations = defineStore('evaluations', () => {
  const client = useClient();
  const faces = useFaces();
  const jobs = useJobs();
  const notices = useNotices();
  /** The oldest first. */
  const all = shallowRef<EvaluationShown[]>([]);
  /** False until the list was read: an empty one then says something. */
  const loaded = ref(false);
  const project = computed(() => faces.summary?.path ?? null);
  /** Running and waiting evaluations, the oldest first. */
  const running = computed(() => jobs.running.filter(({ kind }) => kind === 'evaluate').toReversed());
  const details = new Map<string, Promise<EvaluationDetailShown>>();

  async function load(): Promise<void> {
    if (project.value === null) return;
    await notices.attempt(async () => {
      all.value = await client.call('evaluations.list', {});
      loaded.value = true;
    });
  }
  watch(
    project,
    () => {
      all.value = [];
      loaded.value = false;
      details.clear();
      void load();
    },
    { immediate: true },
  );
  client.on('project.changed', ({ what }) => {
    // A model that came or went says whether an evaluation is of the project's own network.
    if (what === 'evaluations' || what === 'models') void load();
  });

  /** Curve, similarities and errors; read once. */
  function detail({ id, time }: EvaluationShown): Promise<EvaluationDetailShown> {
    // The number of one that was removed is given again.
    const key = `${project.value}|${id}|${time}`;
    const known = details.get(key);
    if (known) return known;
    const asked = client.call('evaluations.detail', { id });
    details.set(key, asked);
    asked.catch(() => details.delete(key));
    return asked;
  }

  const remove = (id: number): Promise<unknown> =>
    notices.attempt(() => client.call('evaluations.remove', { id }));

  return { all, loaded, running, load, detail, remove };
});
