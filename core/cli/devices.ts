import type { DeviceChoice } from '../engine/types.ts';

/** What '--device' takes. */
export const DEVICES = [
  'auto',
  'cpu',
  'webgpu',
  'cuda',
  'dml',
  'coreml',
] as const satisfies readonly DeviceChoice[];
