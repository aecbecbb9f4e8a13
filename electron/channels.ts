import { PORT_MESSAGE } from '../core/contract/bridge.ts';

/** Names of the channels between the preload script and the main process. */
export const CHANNELS = {
  connect: 'visage:connect',
  port: PORT_MESSAGE,
  pick: 'visage:pick',
  command: 'visage:command',
} as const;
