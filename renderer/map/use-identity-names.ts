import { type Ref, shallowRef, watch } from 'vue';
import { useNotices } from '../shell/notices.ts';
import { useClient } from '../workspace/client.ts';
import type { LegendEntry } from './legend.ts';

/** As many names as the legend shows at most. */
const MOST = 300;

/** Names of the identities of a legend, asked for as they are first needed. */
export function useIdentityNames(
  entries: () => readonly LegendEntry[],
): Readonly<Ref<ReadonlyMap<number, string>>> {
  const client = useClient();
  const notices = useNotices();
  const names = shallowRef<ReadonlyMap<number, string>>(new Map());
  watch(
    entries,
    async (now) => {
      const missing = now
        .slice(0, MOST)
        .map(({ value }) => value)
        .filter((id) => id > 0 && !names.value.has(id));
      if (missing.length === 0) return;
      const identities = Int32Array.from(missing);
      const found = await notices.attempt(() => client.call('identities.names', { identities }));
      if (found)
        names.value = new Map([...names.value, ...missing.map((id, i) => [id, found.names[i]] as const)]);
    },
    { immediate: true },
  );
  return names;
}
