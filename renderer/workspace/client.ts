import { type InjectionKey, inject } from 'vue';
import type { VisageClient } from '../../core/contract/visage.ts';

/** Provided to the whole application, so that App itself can use it too. */
export const CLIENT: InjectionKey<VisageClient> = Symbol('visage client');

/** The connection to the host, inside any component. */
export function useClient(): VisageClient {
  const client = inject(CLIENT);
  if (!client) throw new Error('No client was provided.');
  return client;
}
