import { onBeforeUnmount, ref } from 'vue';
import { keyLabel } from '../shell/keys.ts';
import { useRegistry } from '../shell/use-commands.ts';

const MAC = navigator.platform.startsWith('Mac');

/** The key of a command as the user has bound it, for legends; '' while the command has none. */
export function useShownKeys(): (id: string) => string {
  const registry = useRegistry();
  const version = ref(0);
  onBeforeUnmount(registry.onChange(() => version.value++));
  return (id) => {
    void version.value;
    const command = registry.all().find((one) => one.id === id);
    const [first] = command ? registry.keysOf(command) : [];
    return first === undefined ? '' : keyLabel(first, MAC);
  };
}
