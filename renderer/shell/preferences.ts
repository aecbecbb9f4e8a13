import { defineStore } from 'pinia';
import { ref, watch } from 'vue';

export type Theme = 'system' | 'light' | 'dark';

interface Stored {
  theme: Theme;
  annotator: string;
  bindings: Record<string, readonly string[]>;
  thumbSize: number;
}

const KEY = 'visage-preferences';
const DEFAULTS: Stored = { theme: 'system', annotator: 'annotator', bindings: {}, thumbSize: 104 };

function read(): Stored {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Stored>) };
  } catch {
    return DEFAULTS;
  }
}

/** What the user set for this window; kept in the browser's storage, never in a project. */
export const usePreferences = defineStore('preferences', () => {
  const stored = read();
  const theme = ref<Theme>(stored.theme);
  const annotator = ref(stored.annotator);
  const bindings = ref(stored.bindings);
  const thumbSize = ref(stored.thumbSize);
  const dark = ref(false);

  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const apply = (): void => {
    dark.value = theme.value === 'dark' || (theme.value === 'system' && system.matches);
    document.documentElement.dataset.theme = dark.value ? 'dark' : 'light';
  };
  system.addEventListener('change', apply);
  watch(theme, apply, { immediate: true });
  watch([theme, annotator, bindings, thumbSize], () => {
    const now: Stored = {
      theme: theme.value,
      annotator: annotator.value,
      bindings: bindings.value,
      thumbSize: thumbSize.value,
    };
    localStorage.setItem(KEY, JSON.stringify(now));
  });

  return { theme, annotator, bindings, thumbSize, dark };
});
