import { MessageChannel } from 'node:worker_threads';
import { decodeFrame, encodeFrame } from '../../../core/contract/frames.ts';
import type { Port } from '../../../core/contract/wire.ts';

/** Two ends of a structured-clone channel, as Electron's MessagePort is one. */
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
