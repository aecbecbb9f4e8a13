import { PORT_MESSAGE, type VisageBridge } from '../../core/contract/bridge.ts';
import { plainMessage } from '../../core/contract/plain.ts';
import type { Port } from '../../core/contract/wire.ts';

/** The part of a page's MessagePort that is used; spelt out, so that tests can stand in for a page. */
export interface PagePort {
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
  addEventListener(
    type: 'message' | 'messageerror' | 'close',
    listener: (event: { data?: unknown }) => void,
  ): void;
}

/** The window's end of the port to Electron's main process, which clones. */
export function pagePort(port: PagePort): Port {
  return {
    send: (message) => port.postMessage(plainMessage(message)),
    onMessage: (listener) => {
      port.addEventListener('message', ({ data }) => listener(data));
      port.start();
    },
    onClose: (listener) => {
      // Electron tells a page when the other end is gone.
      port.addEventListener('close', () => listener('the host closed it'));
      port.addEventListener('messageerror', () => listener('a message could not be read'));
    },
    close: () => port.close(),
  };
}

/** The part of a page's window that is used. */
export interface Page {
  addEventListener(type: 'message', listener: (event: PortEvent) => void): void;
  removeEventListener(type: 'message', listener: (event: PortEvent) => void): void;
}
interface PortEvent {
  data: unknown;
  source: unknown;
  ports: readonly PagePort[];
}

const WAIT_MS = 10_000;

/** Asks the host for a port and resolves with it; rejects with a sentence when none comes. */
export function askForPort(page: Page, bridge: VisageBridge, wait: number = WAIT_MS): Promise<Port> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      page.removeEventListener('message', onMessage);
    };
    const onMessage = ({ data, source, ports }: PortEvent): void => {
      // Only the preload script shares this page; a frame or an opener would be another source.
      if (data !== PORT_MESSAGE || source !== page || ports.length !== 1) return;
      finish();
      resolve(pagePort(ports[0]));
    };
    const timer = setTimeout(() => {
      finish();
      reject(new Error("Visage's host does not answer this window. Quit Visage and start it again."));
    }, wait);
    page.addEventListener('message', onMessage);
    bridge.connect();
  });
}
