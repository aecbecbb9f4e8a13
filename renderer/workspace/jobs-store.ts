import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { JobShown } from '../../core/contract/procedures/jobs.ts';
import type { VisageClient } from '../../core/contract/visage.ts';

/** Running and past jobs, the latest first. */
export const useJobs = defineStore('jobs', () => {
  const jobs = shallowRef<JobShown[]>([]);
  const running = computed(() =>
    jobs.value.filter((job) => job.state === 'running' || job.state === 'waiting'),
  );

  async function load(client: VisageClient): Promise<void> {
    jobs.value = await client.call('jobs.list', {});
  }

  function attach(client: VisageClient): void {
    client.on('jobs.changed', (job) => {
      const others = jobs.value.filter((other) => other.id !== job.id);
      jobs.value = [job, ...others].sort((a, b) => b.id - a.id);
    });
  }

  return { jobs, running, load, attach };
});
