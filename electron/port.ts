import { plainMessage } from '../core/contract/plain.ts';
import type { Port } from '../core/contract/wire.ts';

/** The part of Electron's MessagePortMain that is used. */
export interface MainPort {
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/**
 * The host's end of a window's port. Columns are cloned, never transferred: MessagePortMain carries no other
 * transferables than ports, and a buffer that the page transfers to it is lost.
 */
export function hostPort(port: MainPort): Port {
  let ended = (_reason: string): void => {};
  return {
    send: (message) => port.postMessage(plainMessage(message)),
    onMessage: (listener) => {
      port.on('message', ({ data }) => {
        let message: unknown;
        try {
          message = plainMessage(data);
        } catch {
          port.close();
          return ended('a message could not have come from this window');
        }
        listener(message);
      });
      port.start();
    },
    onClose: (listener) => {
      let open = true;
      ended = (reason) => {
        if (open) listener(reason);
        open = false;
      };
      port.on('close', () => ended('the window was closed'));
    },
    close: () => port.close(),
  };
}
