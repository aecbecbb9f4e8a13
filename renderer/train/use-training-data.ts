import { computed, onBeforeUnmount, type Ref, ref, shallowRef, watch } from 'vue';
import { isEmpty } from '../faces/filter.ts';
import { facesOf, selectionOf, selectionWords } from '../faces/selection.ts';
import { useClient } from '../workspace/client.ts';
import { useFaces } from '../workspace/faces-store.ts';
import type { DataChoice } from './settings.ts';

const WAIT_MS = 250;
export type Scope = 'all' | 'filter' | 'selection' | 'folder';

/** The faces that a run is to be trained on, and what the host finds of them. */
export function useTrainingData(crop: Ref<unknown>, given: string) {
  const client = useClient();
  const faces = useFaces();
  const scope = ref<Scope>(given !== '' ? 'folder' : isEmpty(faces.filter) ? 'all' : 'filter');
  const folder = ref(given);
  const found = shallowRef<{ from: string; faces: number; counts: Int32Array; remarks: string[] }>();
  const problem = ref('');
  const looking = ref('');

  const selection = computed(() => {
    if (scope.value === 'selection') return facesOf(faces.columns, faces.selected);
    if (scope.value === 'filter') return selectionOf(faces.filter, faces.columns, faces.mask);
    return {};
  });
  const choice = computed((): DataChoice => {
    if (scope.value === 'folder') return { kind: 'folder', path: folder.value };
    const words = selectionWords(selection.value, faces.summary?.sources ?? []);
    return { kind: 'project', selection: selection.value, words };
  });

  let controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  async function look(): Promise<void> {
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    if (scope.value === 'folder' && folder.value === '') {
      found.value = undefined;
      problem.value = 'Choose the folder that is to be trained on.';
      return;
    }
    looking.value = 'Looking at the faces …';
    try {
      const answer = await client.call(
        'training.data',
        {
          ...(scope.value === 'folder' ? { folder: folder.value } : { selection: selection.value }),
          crop: (crop.value ?? 'auto') as 'auto',
        },
        {
          signal,
          onProgress: ({ stage, done, unit }) => {
            looking.value = `${stage}: ${done.toLocaleString('en-US')} ${unit} …`;
          },
        },
      );
      if (signal.aborted) return;
      found.value = answer;
      problem.value = '';
    } catch (thrown) {
      if (signal.aborted) return;
      found.value = undefined;
      problem.value = (thrown as Error).message;
    }
    looking.value = '';
  }

  watch(
    [scope, folder, selection, crop, () => faces.summary?.faces],
    () => {
      clearTimeout(timer);
      timer = setTimeout(() => void look(), WAIT_MS);
    },
    { immediate: true },
  );
  watch(
    () => [isEmpty(faces.filter), faces.selectedCount === 0],
    ([noFilter, noSelection]) => {
      if ((noFilter && scope.value === 'filter') || (noSelection && scope.value === 'selection'))
        scope.value = 'all';
    },
  );
  onBeforeUnmount(() => {
    clearTimeout(timer);
    controller.abort();
  });

  return { scope, folder, choice, found, problem, looking };
}
