import type { NetworkSettings } from '../../models/architectures/face-network.ts';

/** Residual networks by the name that a user gives: the thesis's three, and the deeper ones. */
export const RESIDUAL = {
  bl: { kind: 'BL', depth: 18 },
  dc: { kind: 'DC', depth: 18 },
  as4: { kind: 'AS4', depth: 18 },
  ir18: { kind: 'BL', depth: 18 },
  ir34: { kind: 'BL', depth: 34 },
  ir50: { kind: 'BL', depth: 50 },
  ir100: { kind: 'BL', depth: 100 },
} as const satisfies Record<string, Pick<NetworkSettings, 'kind' | 'depth'>>;
type ResidualName = keyof typeof RESIDUAL;
/** MobileFaceNet in the paper's form. */
export const MOBILE = 'mobilefacenet';

/** Networks that can be trained. */
export type NetworkName = ResidualName | typeof MOBILE;
export const NETWORK_NAMES: readonly NetworkName[] = [...(Object.keys(RESIDUAL) as ResidualName[]), MOBILE];

/** Numbers per face where its user says none. */
export const usualEmbedding = (name: NetworkName): number => (name === MOBILE ? 128 : 512);
