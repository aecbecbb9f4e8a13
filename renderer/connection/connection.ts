import type { VisageBridge } from '../../core/contract/bridge.ts';
import { connect } from '../../core/contract/client.ts';
import { type VisageClient, visageContract } from '../../core/contract/visage.ts';
import { askForPort } from './message-port.ts';
import { openWebSocketPort } from './web-socket-port.ts';

declare global {
  interface Window {
    visage?: VisageBridge;
  }
}

/** Connects to whichever host shows this page: Electron by its bridge, the web host by a WebSocket. */
export async function connectToHost(): Promise<VisageClient> {
  if (window.visage) return connect(visageContract, await askForPort(window, window.visage));
  const { protocol, host } = window.location;
  const socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/contract`);
  return connect(visageContract, await openWebSocketPort(socket));
}

export type PictureKind = 'thumb' | 'crop' | 'whole';

/**
 * Address of a picture by its opaque id: 'thumb' shows a face, 'crop' a face with what is around it, 'whole' its picture.
 * @param size side in CSS pixels; screens with more pixels get more
 * @param key the summary's `media`, so that another project's pictures are never taken from the browser's cache
 */
export function pictureUrl(face: number, kind: PictureKind, size: number, key: string): string {
  const pixels = Math.ceil(size * Math.min(2, window.devicePixelRatio));
  return mediaUrl(`${kind}-${face}`, `size=${pixels}&of=${key}`);
}

/** Address of what the host serves by an opaque id. */
export const mediaUrl = (id: string, query: string): string =>
  `${window.visage ? 'media://picture' : '/media'}/${id}?${query}`;

/** Whether a host takes connections from this page now. Electron's host lives and dies with its window. */
export function hostAnswers(): Promise<boolean> {
  if (window.visage) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://${window.location.host}/contract`);
    socket.addEventListener('open', () => {
      socket.close(1000);
      resolve(true);
    });
    socket.addEventListener('error', () => resolve(false));
  });
}
