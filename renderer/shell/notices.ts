import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

export interface Notice {
  id: number;
  kind: 'info' | 'problem';
  text: string;
  /** One thing that the user may want to do about it: 'Undo'. */
  action?: { title: string; run(): void };
}

const INFO_MS = 6000;

/** Short messages at the window's edge. Problems stay until they are closed. */
export const useNotices = defineStore('notices', () => {
  const notices = shallowRef<Notice[]>([]);
  let next = 1;

  function close(id: number): void {
    notices.value = notices.value.filter((notice) => notice.id !== id);
  }

  function show(kind: Notice['kind'], text: string, action?: Notice['action']): void {
    const id = next++;
    // Said again, a sentence takes its own place: two of the same tell nothing that one does not.
    const others = notices.value.filter((notice) => notice.kind !== kind || notice.text !== text);
    notices.value = [...others.slice(-3), { id, kind, text, ...(action && { action }) }];
    if (kind === 'info') setTimeout(() => close(id), INFO_MS);
  }

  /** Runs work and shows its failure as a sentence; a cancellation is no failure. */
  async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (thrown) {
      if ((thrown as Error).name !== 'Cancelled') show('problem', (thrown as Error).message);
      return undefined;
    }
  }

  return { notices, show, close, attempt };
});
