import { onBeforeUnmount, type Ref, ref, shallowRef, watch } from 'vue';
import type { OutputOf } from '../../core/contract/procedure.ts';
import type { VisageProcedures } from '../../core/contract/visage.ts';
import { type Told, tell } from '../labelling/opinions.ts';
import { useClient } from '../workspace/client.ts';

export type FaceDetail = OutputOf<VisageProcedures, 'face.detail'>;

/** A face and its history, read again when its labels change. */
export function useFace(face: Ref<number>) {
  const client = useClient();
  const detail = shallowRef<FaceDetail | null>(null);
  const told = shallowRef<Told[]>([]);
  const problem = ref('');

  async function load(): Promise<void> {
    const id = face.value;
    try {
      const [found, events] = await Promise.all([
        client.call('face.detail', { face: id }),
        client.call('label.history', { face: id }),
      ]);
      if (id !== face.value) return;
      detail.value = found;
      told.value = tell(events);
      problem.value = '';
    } catch (thrown) {
      if (id !== face.value) return;
      detail.value = null;
      told.value = [];
      problem.value = (thrown as Error).message;
    }
  }
  watch(face, () => void load(), { immediate: true });
  const stops = [
    client.on('labels.changed', ({ faces }) => {
      if (faces.length === 0 || faces.includes(face.value)) void load();
    }),
    client.on('project.changed', ({ what }) => {
      if (what === 'faces') void load();
    }),
  ];
  onBeforeUnmount(() => {
    for (const stop of stops) stop();
  });
  return { detail, told, problem };
}
