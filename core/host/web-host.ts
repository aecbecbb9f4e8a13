import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { decodeFrame, encodeFrame, MAX_FRAME_BYTES } from '../contract/frames.ts';
import type { Port } from '../contract/wire.ts';
import { Fault } from '../foundation/fault.ts';
import { fileUnder } from './files.ts';
import {
  type Asked,
  contentSecurityPolicy,
  type Guard,
  newToken,
  ownHosts,
  refusal,
  tokenCookie,
} from './guard.ts';

export interface WebHostOptions {
  /** Folder of the built renderer; its index.html is the page. */
  renderer: string;
  /** 0 takes a free port. */
  port: number;
  /** A new one when absent. */
  token?: string;
  /** A picture by its opaque id ('/media/ID'), or undefined when there is none. */
  media(id: string, query: URLSearchParams): Promise<{ type: string; bytes: Uint8Array } | undefined>;
  /** A window has connected. */
  connected(port: Port): void;
}

export interface WebHost {
  /** What the user opens: address with token. */
  readonly address: string;
  readonly guard: Guard;
  close(): Promise<void>;
}

/** Serves the window on 127.0.0.1. @throws Fault when the port is taken. */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const server = createServer();
  await listen(server, options.port);
  const port = (server.address() as AddressInfo).port;
  const guard: Guard = { token: options.token ?? newToken(), port };
  const policy = contentSecurityPolicy(ownHosts(port).map((host) => `ws://${host}`));
  server.on('request', (request, response) => {
    answer(options, guard, policy, request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
  });
  server.on('upgrade', (request, socket, head) => {
    const refused = refusal(guard, askedOf(request), true);
    if (refused !== undefined || urlOf(request).pathname !== '/contract') {
      socket.end(`HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => options.connected(portOf(webSocket)));
  });

  return {
    address: `http://127.0.0.1:${port}/?token=${guard.token}`,
    guard,
    async close() {
      for (const socket of sockets.clients) socket.close(1001, 'the host was closed');
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      sockets.close();
      server.closeIdleConnections();
      // A window that does not answer the farewell must not keep the host alive.
      const grace = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
        server.closeAllConnections();
      }, 1000);
      await closed;
      clearTimeout(grace);
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Fault(`Port ${port} is taken by another program; choose another with --port.`)
          : error,
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

/** The path is put behind a fixed host, so that '//elsewhere' stays a path. */
const urlOf = (request: IncomingMessage): URL =>
  new URL(`http://127.0.0.1${request.url?.startsWith('/') ? request.url : '/?'}`);

function askedOf(request: IncomingMessage): Asked {
  const { host, origin, cookie, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = request.headers;
  return {
    host,
    origin,
    cookie,
    token: urlOf(request).searchParams.get('token'),
    site: site as string | undefined,
    mode: mode as string | undefined,
  };
}

const NEW_ADDRESS =
  'This address is not valid any more: Visage was started anew. Open the address that it printed when it started.\n';

async function answer(
  options: WebHostOptions,
  guard: Guard,
  policy: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headers = {
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cache-Control': 'no-store',
  };
  const refuse = (status: number): void => void response.writeHead(status, headers).end();
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405);
  const asked = askedOf(request);
  const refused = refusal(guard, asked);
  if (refused === 'no token' && request.headers.accept?.includes('text/html')) {
    // The user's own browser after the host was started anew: it should not show an empty page.
    response.writeHead(403, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }).end(NEW_ADDRESS);
    return;
  }
  if (refused !== undefined) return refuse(403);
  const url = urlOf(request);
  if (asked.token !== null) {
    // The token moves from the address into a cookie, so that it stands in no history and no copied link.
    response.writeHead(303, { ...headers, 'Set-Cookie': tokenCookie(guard), Location: '/' }).end();
    return;
  }
  const media = /^\/media\/([A-Za-z0-9_-]{1,64})$/.exec(url.pathname);
  const found = media
    ? await options.media(media[1], url.searchParams)
    : await fileUnder(options.renderer, url.pathname === '/' ? '/index.html' : url.pathname);
  if (found === undefined) return refuse(404);
  const cache = media ? { 'Cache-Control': 'private, max-age=86400, immutable' } : {};
  response.writeHead(200, {
    ...headers,
    ...cache,
    'Content-Type': found.type,
    'Content-Length': found.bytes.length,
  });
  response.end(request.method === 'HEAD' ? undefined : found.bytes);
}

/** A WebSocket as a port of the contract; a message that is no frame of ours ends the connection. */
export function portOf(socket: WebSocket): Port {
  return {
    send: (message) => {
      if (socket.readyState === socket.OPEN) socket.send(encodeFrame(message));
    },
    onMessage: (listener) =>
      void socket.on('message', (data, binary) => {
        let message: unknown;
        try {
          if (!binary) throw new Fault('Text was sent where frames are expected.');
          message = decodeFrame(data as Buffer);
        } catch {
          socket.close(1003, 'not a frame of the contract');
          return;
        }
        listener(message);
      }),
    onClose: (listener) => {
      // 'error' is always followed by 'close', which carries the reason.
      socket.on('error', () => {});
      socket.on('close', (code, reason) => listener(reason.toString() || `WebSocket code ${code}`));
    },
    close: () => socket.close(1000),
  };
}
