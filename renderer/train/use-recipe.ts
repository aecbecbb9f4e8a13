import { computed, onBeforeUnmount, reactive, ref, shallowRef, watch } from 'vue';
import type { VisageClient } from '../../core/contract/visage.ts';
import { type FormValues, inputOf, type JobForm, problemsOf } from '../jobs/forms.ts';
import { useNotices } from '../shell/notices.ts';
import { useRuns } from './runs-store.ts';
import { changedFields, type Preset, presetValues } from './settings.ts';

const WAIT_MS = 150;

/** What a field that is left empty stands for, by the place in the recipe. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  scale: ['train', 'loss', 'scale'],
  margin: ['train', 'loss', 'margin'],
  rate: ['train', 'schedule', 'rate'],
  dropAt: ['train', 'schedule', 'decay', 'epochs'],
  weightDecay: ['train', 'optimiser', 'weightDecay'],
};

/** The recipe that a user sets up: from a preset or another run, field by field, and what the host makes of it. */
export function useRecipe(client: VisageClient, form: JobForm, like: string, device: string) {
  const notices = useNotices();
  const runs = useRuns();
  const presets = shallowRef<Preset[]>([]);
  const scales = shallowRef<{ name: string; about: string }[]>([]);
  /** Name of a preset, or '' where another run is what it begins with. */
  const preset = ref(like === '' ? 'BL' : '');
  const scale = ref('small');
  const values = reactive<FormValues>({ device });
  const recipe = shallowRef<Record<string, unknown>>();
  const refused = ref('');

  const chosen = computed(() => presets.value.find(({ name }) => name === preset.value));
  /** What the form begins with. */
  const base = computed(() => {
    const given = preset.value === '' ? runs.named.get(like)?.input : chosen.value?.recipes[scale.value];
    return presetValues(form, given ?? {});
  });
  const changed = computed(() => changedFields(form, values, base.value));

  /** @param same whether preset and scale are as before: the network that it starts from then stays as it was chosen */
  function begin(same = true): void {
    const { device: kept, add, start } = values;
    for (const key of Object.keys(values)) delete values[key];
    Object.assign(values, base.value, { device: kept, ...(add !== undefined && { add }) });
    if (same && start !== undefined) values.start = start;
    delete values.name;
  }

  const problems = computed(() => {
    const own = problemsOf(form, values);
    return own.length > 0 || refused.value === '' ? own : [refused.value];
  });

  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  async function ask(): Promise<void> {
    if (problemsOf(form, values).length > 0) return;
    const turn = ++asked;
    try {
      const answer = await client.call('training.recipe', { input: inputOf(form, values) });
      if (turn !== asked) return;
      recipe.value = answer.recipe;
      refused.value = '';
    } catch (thrown) {
      if (turn === asked) refused.value = (thrown as Error).message;
    }
  }
  watch(values, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), WAIT_MS);
  });
  onBeforeUnmount(() => clearTimeout(timer));

  /** What an empty field stands for. */
  function placeholder(field: string): string {
    const place = PLACES[field];
    const value = place?.reduce<unknown>(
      (inner, key) => (inner as Record<string, unknown> | undefined)?.[key],
      recipe.value,
    );
    return value === undefined ? '' : [value].flat().join(', ');
  }

  async function load(): Promise<void> {
    const found = await notices.attempt(() => client.call('training.presets', {}));
    presets.value = found?.presets ?? [];
    scales.value = found?.scales ?? [];
    begin();
  }
  watch([preset, scale], () => begin(false));

  return {
    presets,
    scales,
    preset,
    scale,
    chosen,
    base,
    values,
    changed,
    recipe,
    problems,
    placeholder,
    begin,
    load,
  };
}
