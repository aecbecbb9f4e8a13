import { type InjectionKey, inject, provide } from 'vue';
import type { VisageClient } from '../../core/contract/visage.ts';

const KEY: InjectionKey<VisageClient> = Symbol('visage client');

export const provideClient = (client: VisageClient): void => provide(KEY, client);

/** The connection to the host, inside any component. */
export function useClient(): VisageClient {
  const client = inject(KEY);
  if (!client) throw new Error('No client was provided.');
  return client;
}
