import { type Ref, shallowRef, watch } from 'vue';
import { useNotices } from '../shell/notices.ts';
import { useClient } from '../workspace/client.ts';

/** As many names as a list shows at most. */
const MOST = 300;

/** Names of identities, asked for as they are first needed; ids below 1 have none. */
export function useIdentityNames(ids: () => readonly number[]): Readonly<Ref<ReadonlyMap<number, string>>> {
  const client = useClient();
  const notices = useNotices();
  const names = shallowRef<ReadonlyMap<number, string>>(new Map());
  watch(
    ids,
    async (now) => {
      const missing = now.slice(0, MOST).filter((id) => id > 0 && !names.value.has(id));
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
