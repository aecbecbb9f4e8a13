import { onBeforeUnmount } from 'vue';
import { useRouter } from 'vue-router';
import { useNotices } from '../shell/notices.ts';
import { useClient } from './client.ts';
import { useFaces } from './faces-store.ts';
import { useJobs } from './jobs-store.ts';

/** Opens projects in this window, and follows what other windows of the same host open. */
export function useOpening() {
  const client = useClient();
  const faces = useFaces();
  const jobs = useJobs();
  const notices = useNotices();
  const router = useRouter();

  async function show(): Promise<void> {
    faces.clear();
    await faces.load();
    await jobs.load(client);
  }

  /** @param to view to go to; null keeps the one that is shown */
  async function open(path: string, to: string | null = '/cohorts'): Promise<void> {
    faces.opening = true;
    await notices.attempt(async () => {
      await client.call('project.open', { path });
      await show();
      if (to !== null) await router.push(to);
    });
    faces.opening = false;
  }

  /** Closes the open project and opens it again: a read-only view becomes the writer where that is possible now. */
  async function openAgain(): Promise<void> {
    const path = faces.summary?.path;
    if (path === undefined) return;
    faces.opening = true;
    const summary = await notices.attempt(() => client.call('project.open', { path, again: true }));
    if (summary) await notices.attempt(show);
    if (summary?.readOnly)
      notices.show(
        'info',
        'The project is still read-only: another process writes it, or its folder is protected.',
      );
    faces.opening = false;
  }

  async function close(): Promise<void> {
    await notices.attempt(() => client.call('project.close', {}));
  }

  /** For the window's root: shows whatever project the host has open. */
  function follow(): void {
    const stop = client.on('project.opened', ({ summary }) => {
      if (faces.opening) return; // It is this window that opens it.
      if (summary === null) {
        faces.clear();
        void router.push('/');
      } else if (faces.summary !== null && summary.path !== faces.summary.path) {
        notices.show('info', `Another window opened '${summary.name}'; this one shows it too.`);
        void notices.attempt(show);
      }
    });
    onBeforeUnmount(stop);
  }

  return { open, openAgain, close, follow };
}
