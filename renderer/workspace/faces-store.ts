import { defineStore } from 'pinia';
import { computed, ref, shallowRef, triggerRef } from 'vue';
import type { ProjectSummary } from '../../core/contract/procedures/project.ts';
import type { VisageClient } from '../../core/contract/visage.ts';
import { type PictureKind, pictureUrl } from '../connection/connection.ts';
import { emptyColumns, type FaceColumns, patchColumns, rowOf } from '../faces/columns.ts';
import { countIn, countsOf, type Filter, maskOf, noFilter } from '../faces/filter.ts';

/**
 * The open project as every view sees it: its faces as columns, one filter, one selection, one focused face. Columns are
 * shallow: Vue must never walk through half a million numbers.
 */
export const useFaces = defineStore('faces', () => {
  const summary = shallowRef<ProjectSummary | null>(null);
  const columns = shallowRef<FaceColumns>(emptyColumns());
  const filter = shallowRef<Filter>(noFilter());
  /** One byte per row, 1 where selected. */
  const selected = shallowRef<Uint8Array>(new Uint8Array(0));
  /** Row that the keyboard is on, −1 for none. */
  const focused = ref(-1);
  /** True while this window opens a project. */
  const opening = ref(false);
  /** Counts up with every change of labels, for caches. */
  const version = ref(0);
  let client: VisageClient | undefined;

  const mask = computed(() => maskOf(columns.value, filter.value));
  const shown = computed(() => countIn(mask.value));
  const counts = computed(() => countsOf(columns.value, mask.value));
  const selectedCount = computed(() => countIn(selected.value));

  /** The id of the focused face, 0 for none. */
  const focusedFace = computed(() => (focused.value < 0 ? 0 : columns.value.faces[focused.value]));

  async function load(): Promise<void> {
    if (!client) return;
    const face = focusedFace.value;
    summary.value = await client.call('project.summary', {});
    columns.value = await client.call('faces.columns', {});
    if (selected.value.length !== columns.value.faces.length)
      selected.value = new Uint8Array(columns.value.faces.length);
    if (filter.value.rows && filter.value.rows.mask.length !== columns.value.faces.length)
      filter.value = noFilter();
    focused.value = face > 0 ? rowOf(columns.value.faces, face) : -1;
    version.value++;
  }

  /** To be called after labels were changed in `columns` itself. */
  function touched(): void {
    triggerRef(columns);
    version.value++;
  }

  /** Reads newer labels of some faces; of all when none are named. */
  async function refresh(faces: Int32Array): Promise<void> {
    if (!client || summary.value === null) return;
    if (faces.length === 0) return load();
    const changed = patchColumns(columns.value, await client.call('faces.some', { faces }));
    if (changed.length > 0) touched();
  }

  function attach(to: VisageClient): void {
    client = to;
    to.on('labels.changed', ({ faces }) => void refresh(faces));
    to.on('project.changed', ({ what }) => {
      if (what === 'faces') void load();
    });
  }

  function select(next: Uint8Array): void {
    selected.value = next;
  }

  /** Address of a face's picture, `size` CSS pixels wide. */
  const picture = (face: number, kind: PictureKind, size: number): string =>
    pictureUrl(face, kind, size, summary.value?.media ?? '');

  function clear(): void {
    summary.value = null;
    columns.value = emptyColumns();
    filter.value = noFilter();
    selected.value = new Uint8Array(0);
    focused.value = -1;
  }

  return {
    summary,
    columns,
    filter,
    selected,
    focused,
    opening,
    version,
    mask,
    shown,
    counts,
    selectedCount,
    attach,
    load,
    refresh,
    touched,
    select,
    clear,
    picture,
    focusedFace,
    rowOfFace: (face: number): number => rowOf(columns.value.faces, face),
  };
});
