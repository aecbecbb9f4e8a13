import { type InjectionKey, inject, onBeforeUnmount, onMounted } from 'vue';
import type { CommandRegistry, UserCommand } from './commands.ts';

export const REGISTRY: InjectionKey<CommandRegistry> = Symbol('commands');

/** Opens the sheet of keyboard shortcuts. */
export const SHOW_SHORTCUTS: InjectionKey<() => void> = Symbol('show shortcuts');

export function useRegistry(): CommandRegistry {
  const registry = inject(REGISTRY);
  if (!registry) throw new Error('No command registry was provided.');
  return registry;
}

/** Registers a view's commands while it is shown. */
export function useCommands(commands: readonly UserCommand[]): void {
  const registry = useRegistry();
  let remove = (): void => {};
  onMounted(() => {
    remove = registry.register(commands);
  });
  onBeforeUnmount(() => remove());
}
