import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { decodeFrame, encodeFrame } from '../../../core/contract/frames.ts';
import type { Port } from '../../../core/contract/wire.ts';
import { hostPort, type MainPort } from '../../../electron/port.ts';
import { type PagePort, pagePort } from '../../../renderer/connection/message-port.ts';

/** Two ends of a structured-clone channel. */
export function clonedPair(): [Port, Port] {
  const { port1, port2 } = new MessageChannel();
  return [port1, port2].map(
    (port): Port => ({
      send: (message) => port.postMessage(message),
      onMessage: (listener) => void port.on('message', listener),
      onClose: (listener) => void port.on('close', () => listener('the port was closed')),
      close: () => port.close(),
    }),
  ) as [Port, Port];
}

/** Two ends that carry frames of bytes, as a WebSocket does. */
export function framedPair(): [Port, Port] {
  const [a, b] = clonedPair();
  return [a, b].map(
    (port): Port => ({
      ...port,
      send: (message) => port.send(encodeFrame(message)),
      onMessage: (listener) => port.onMessage((bytes) => listener(decodeFrame(bytes as Uint8Array))),
    }),
  ) as [Port, Port];
}

/** Node's port with the face of Electron's MessagePortMain: messages come as events, and nothing before `start`. */
export function mainPort(port: MessagePort): MainPort {
  return {
    postMessage: (message) => port.postMessage(message),
    start: () => port.start(),
    close: () => port.close(),
    on(event: 'message' | 'close', listener: (event: { data: unknown }) => void) {
      if (event === 'close') return port.on('close', () => listener({ data: undefined }));
      return port.addEventListener('message', (message) => listener(message as unknown as { data: unknown }));
    },
  };
}

/** The window's and the host's end as Electron joins them. */
export function electronPair(): [Port, Port] {
  const { port1, port2 } = new MessageChannel();
  return [pagePort(port1 as unknown as PagePort), hostPort(mainPort(port2))];
}
