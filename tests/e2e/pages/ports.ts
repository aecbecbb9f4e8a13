// The window's end of Electron's port in a real page: bundled by message-port.test.ts, which calls what it puts there.
import { PORT_MESSAGE, type VisageBridge } from '../../../core/contract/bridge.ts';
import { plainMessage } from '../../../core/contract/plain.ts';
import { askForPort } from '../../../renderer/connection/message-port.ts';

/** Asks for a port as the window does; the preload script's part and the host's end are played by the page itself. */
async function exchange(): Promise<unknown> {
  let host: MessagePort | undefined;
  const bridge = {
    connect() {
      const { port1, port2 } = new MessageChannel();
      host = port2;
      window.postMessage(PORT_MESSAGE, window.location.origin, [port1]);
    },
  } as VisageBridge;
  let arrived: MessagePort | undefined;
  window.addEventListener('message', ({ ports }) => {
    arrived = ports[0];
  });
  const port = await askForPort(window, bridge);
  const heard: unknown[] = [];
  const closed = new Promise<string>((resolve) => port.onClose(resolve));
  host?.postMessage({ type: 'push', topic: 'early', value: null });
  const answered = new Promise<void>((resolve) =>
    port.onMessage((message) => {
      heard.push(message);
      if (heard.length === 2) resolve();
    }),
  );
  host?.addEventListener('message', ({ data }) => {
    const { faces } = data as { faces: Int32Array };
    host?.postMessage(plainMessage({ faces, kind: faces.constructor.name, bytes: faces.buffer.byteLength }));
  });
  host?.start();
  port.send({ faces: Int32Array.of(7, 8, 9, 10).subarray(1, 3) });
  await answered;
  // Electron tells a page when the other end is gone; a browser does not, so the event is made here.
  arrived?.dispatchEvent(new Event('close'));
  const [early, { faces, ...rest }] = heard as [unknown, { faces: Int32Array }];
  return { early, faces: [...faces], ...rest, closed: await closed };
}

Object.assign(window, { exchange });
