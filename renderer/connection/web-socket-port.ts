import { decodeFrame, encodeFrame } from '../../core/contract/frames.ts';
import type { Port } from '../../core/contract/wire.ts';

/** The part of a browser's WebSocket that the port uses. */
export type Socket = Pick<WebSocket, 'send' | 'close' | 'binaryType' | 'addEventListener'>;

/** Resolves once the socket is open; rejects with a sentence when the host does not answer. */
export function openWebSocketPort(socket: Socket): Promise<Port> {
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    let open = false;
    let closed: (reason: string) => void = () => {};
    let message: (value: unknown) => void = () => {};
    socket.addEventListener('open', () => {
      open = true;
      resolve({
        send: (value) => socket.send(encodeFrame(value)),
        onMessage: (listener) => {
          message = listener;
        },
        onClose: (listener) => {
          closed = listener;
        },
        close: () => socket.close(1000),
      });
    });
    socket.addEventListener('message', (event) => {
      message(decodeFrame(new Uint8Array((event as MessageEvent<ArrayBuffer>).data)));
    });
    socket.addEventListener('close', (event) => {
      const { reason, code } = event as CloseEvent;
      if (open) closed(reason || `WebSocket code ${code}`);
      else
        reject(
          new Error(
            "Visage's host does not answer. Start it with 'npm start' and open the address that it prints.",
          ),
        );
    });
  });
}
