import type { NetworkSettings } from '../../models/architectures/face-network.ts';

/** Networks that can be trained, by the name that a user gives: the thesis's three, and the deeper residual networks. */
export const NETWORKS = {
  bl: { kind: 'BL', depth: 18 },
  dc: { kind: 'DC', depth: 18 },
  as4: { kind: 'AS4', depth: 18 },
  ir18: { kind: 'BL', depth: 18 },
  ir34: { kind: 'BL', depth: 34 },
  ir50: { kind: 'BL', depth: 50 },
  ir100: { kind: 'BL', depth: 100 },
} as const satisfies Record<string, Pick<NetworkSettings, 'kind' | 'depth'>>;
export type NetworkName = keyof typeof NETWORKS;
export const NETWORK_NAMES = Object.keys(NETWORKS) as NetworkName[];
