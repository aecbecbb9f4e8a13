import { defineStore } from 'pinia';
import { ref, watch } from 'vue';
import { PREFERENCE_DEFAULTS, type Preferences } from '../../core/contract/procedures/preferences.ts';
import type { VisageClient } from '../../core/contract/visage.ts';

export type Theme = Preferences['theme'];

const WAIT_MS = 150;

/**
 * What the user set for every project. The host keeps it: the window's own storage belongs to its address, which is
 * another one at each start of the web host.
 */
export const usePreferences = defineStore('preferences', () => {
  const theme = ref<Theme>(PREFERENCE_DEFAULTS.theme);
  const annotator = ref(PREFERENCE_DEFAULTS.annotator);
  const bindings = ref<Record<string, readonly string[]>>({});
  const thumbSize = ref(PREFERENCE_DEFAULTS.thumbSize);
  const device = ref<Preferences['device']>(PREFERENCE_DEFAULTS.device);
  const dark = ref(false);
  /** Said once at start: the stored preferences were damaged, or cannot be written. */
  const notice = ref('');
  let stored = JSON.stringify(PREFERENCE_DEFAULTS);

  const now = (): Preferences => ({
    theme: theme.value,
    annotator: annotator.value.trim() || PREFERENCE_DEFAULTS.annotator,
    bindings: Object.fromEntries(Object.entries(bindings.value).map(([id, keys]) => [id, [...keys]])),
    thumbSize: thumbSize.value,
    device: device.value,
  });

  function take(next: Preferences): void {
    stored = JSON.stringify(next);
    theme.value = next.theme;
    annotator.value = next.annotator;
    bindings.value = next.bindings;
    thumbSize.value = next.thumbSize;
    device.value = next.device;
  }

  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const apply = (): void => {
    dark.value = theme.value === 'dark' || (theme.value === 'system' && system.matches);
    document.documentElement.dataset.theme = dark.value ? 'dark' : 'light';
  };
  system.addEventListener('change', apply);
  watch(theme, apply, { immediate: true });

  /** Reads the host's preferences, and writes every change back. Await it before the window is shown. */
  async function attach(client: VisageClient): Promise<void> {
    const first = await client.call('preferences.get', {});
    notice.value = first.notice ?? '';
    take(first.preferences);
    client.on('preferences.changed', (next) => {
      if (JSON.stringify(next) !== JSON.stringify(now())) take(next);
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const write = (): void => {
      const next = now();
      const text = JSON.stringify(next);
      if (text === stored) return;
      stored = text;
      client.call('preferences.set', next).catch((thrown: Error) => {
        notice.value = thrown.message;
      });
    };
    watch([theme, annotator, bindings, thumbSize, device], () => {
      clearTimeout(timer);
      timer = setTimeout(write, WAIT_MS);
    });
    window.addEventListener('pagehide', write);
  }

  return { theme, annotator, bindings, thumbSize, device, dark, notice, attach };
});
