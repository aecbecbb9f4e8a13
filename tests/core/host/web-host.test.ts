import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { z } from 'zod';
import { connect } from '../../../core/contract/client.ts';
import { procedure } from '../../../core/contract/procedure.ts';
import { serve } from '../../../core/contract/server.ts';
import { portOf, startWebHost, type WebHost } from '../../../core/host/web-host.ts';

const contract = {
  procedures: { sum: procedure(z.object({ x: z.instanceof(Float32Array) }), z.number()) },
  topics: {},
};

let folder: string;
let host: WebHost;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'visage-host-'));
  mkdirSync(join(folder, 'page'));
  writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html><title>Visage</title>');
  writeFileSync(join(folder, 'secret.json'), '"secret"');
  symlinkSync(join(folder, 'secret.json'), join(folder, 'page', 'link.json'));
  host = await startWebHost({
    renderer: join(folder, 'page'),
    port: 0,
    media: async (id) => (id === 'abc' ? { type: 'image/png', bytes: Buffer.from('png') } : undefined),
    connected: (port) =>
      void serve(contract, { sum: ({ x }) => x.reduce((sum, value) => sum + value, 0) }, port, () => {}),
  });
});
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});

const cookie = (): string => `visage-token-${host.guard.port}=${host.guard.token}`;

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Plain node:http, because fetch would not let Host or a raw path through. */
function ask(
  path: string,
  headers: Record<string, string> = { cookie: cookie() },
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: host.guard.port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('the address with its token leads to the page, and the token leaves the address', async () => {
  const first = await ask(`/?token=${host.guard.token}`, {});
  expect(first.status).toBe(303);
  expect(first.headers.location).toBe('/');
  const set = String(first.headers['set-cookie']);
  expect(set).toContain('HttpOnly; SameSite=Strict');
  const page = await ask('/', { cookie: set.split(';')[0] });
  expect(page).toMatchObject({ status: 200, body: '<!doctype html><title>Visage</title>' });
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(await ask('/media/abc')).toMatchObject({ status: 200, body: 'png' });
});

describe('nothing is served to', () => {
  const own = (): string => `127.0.0.1:${host.guard.port}`;
  test.for([
    ['a request without token', () => ({})],
    ['a wrong token', () => ({ cookie: `visage-token-${host.guard.port}=${'a'.repeat(43)}` })],
    ['another Host (DNS rebinding)', () => ({ cookie: cookie(), host: `evil.example:${host.guard.port}` })],
    ['another port in Host', () => ({ cookie: cookie(), host: '127.0.0.1:1' })],
    ['another Origin', () => ({ cookie: cookie(), origin: 'http://evil.example' })],
    ['a null Origin', () => ({ cookie: cookie(), origin: 'null' })],
    ['an https Origin of the same name', () => ({ cookie: cookie(), origin: `https://${own()}` })],
  ] as const)('%s', async ([, headers]) => {
    for (const path of ['/', '/media/abc'])
      expect(await ask(path, headers() as Record<string, string>)).toMatchObject({ status: 403, body: '' });
  });

  test.for([
    '/../secret.json',
    '/%2e%2e/secret.json',
    '/..%2fsecret.json',
    '/..%5csecret.json',
    '/link.json',
    '//secret.json',
    '/media/../secret.json',
    '/media/abc/..',
    '/media/%2e%2e%2fsecret',
    '/index.html%00.png',
    '/%',
    '/index.htm',
  ])('the path %s', async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(answer.body).toBe('');
  });

  test.for(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])('the method %s', async (method) => {
    expect((await ask('/', { cookie: cookie() }, method)).status).toBe(405);
  });
});

describe('the contract over a WebSocket', () => {
  const open = (headers: Record<string, string>, path = '/contract'): WebSocket =>
    new WebSocket(`ws://127.0.0.1:${host.guard.port}${path}`, { headers });
  const good = (): Record<string, string> => ({
    cookie: cookie(),
    origin: `http://127.0.0.1:${host.guard.port}`,
  });
  const outcome = (socket: WebSocket): Promise<string> =>
    new Promise((resolve) => {
      socket.on('open', () => resolve('open'));
      socket.on('error', (error) => resolve(error.message));
    });

  test('calls carry columns both ways', async () => {
    const socket = open(good());
    await outcome(socket);
    const client = connect(contract, portOf(socket));
    expect(await client.call('sum', { x: Float32Array.of(1, 2, 3.5) })).toBe(6.5);
    client.close();
  });

  test('is refused without token, from another origin, without origin, and elsewhere', async () => {
    const { cookie: withToken, origin } = good();
    expect(await outcome(open({ origin }))).toContain('403');
    expect(await outcome(open({ cookie: withToken, origin: 'http://evil.example' }))).toContain('403');
    expect(await outcome(open({ cookie: withToken }))).toContain('403');
    expect(await outcome(open(good(), '/other'))).toContain('403');
  });

  test.for([
    ['text', 'hello'],
    ['bytes that are no frame', Buffer.from([1, 2, 3])],
  ] as const)('%s end the connection', async ([, rubbish]) => {
    const socket = open(good());
    await outcome(socket);
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    socket.send(rubbish);
    expect(await closed).toBe(1003);
  });
});

test('a taken port is said in words, and closing lets go of windows that are open', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const port = (taken.address() as { port: number }).port;
  const options = { renderer: folder, media: async () => undefined, connected: () => {} };
  await expect(startWebHost({ ...options, port })).rejects.toThrow(`Port ${port} is taken`);
  taken.close();
  const second = await startWebHost({ ...options, port: 0 });
  const socket = new WebSocket(`ws://127.0.0.1:${second.guard.port}/contract`, {
    headers: {
      cookie: `visage-token-${second.guard.port}=${second.guard.token}`,
      origin: `http://localhost:${second.guard.port}`,
    },
  });
  await new Promise((resolve) => socket.on('open', resolve));
  const code = new Promise((resolve) => socket.on('close', resolve));
  await second.close();
  expect(await code).toBe(1001);
});
