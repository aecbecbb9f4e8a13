import { connect } from '../../core/contract/client.ts';
import { type VisageClient, visageContract } from '../../core/contract/visage.ts';
import type { Port } from '../../core/contract/wire.ts';
import { openWebSocketPort } from './web-socket-port.ts';

/** What the preload script of the Electron host puts into the page. */
export interface VisageBridge {
  /** The port to the host's contract. */
  port(): Port;
  /** Opens the system's dialog for a folder or file; null when it was cancelled. */
  pick(kind: 'folder' | 'file' | 'project'): Promise<string | null>;
  /** Absolute path of a file that was dropped on the window. */
  pathOf(file: File): string;
}

declare global {
  interface Window {
    visage?: VisageBridge;
  }
}

/** Connects to whichever host shows this page: Electron by its bridge, the web host by a WebSocket. */
export async function connectToHost(): Promise<VisageClient> {
  if (window.visage) return connect(visageContract, window.visage.port());
  const { protocol, host } = window.location;
  const socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/contract`);
  return connect(visageContract, await openWebSocketPort(socket));
}

/** Address of a face's picture at about this many pixels. `version` changes when the picture may have. */
export function pictureUrl(face: number, kind: 'thumb' | 'crop' | 'whole', size: number): string {
  return `${window.visage ? 'media://picture' : '/media'}/${kind}-${face}?size=${size}`;
}
