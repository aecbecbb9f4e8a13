import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket as NodeSocket } from 'ws';
import { encodeFrame, MAX_FRAME_BYTES } from '../../core/contract/frames.ts';
import { connectTo, until } from './client.ts';
import { type DemoWindow, openDemo } from './window.ts';

/** A name that would run if any view put it into the page as markup. */
const HOSTILE = `x"><script>window.pwned=1</script><img src=x onerror="window.pwned=2">`;

let demo: DemoWindow;
let elsewhere: Server;
let foreign: string;
beforeAll(async () => {
  demo = await openDemo();
  elsewhere = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><title>elsewhere</title>');
  }).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  foreign = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  elsewhere.close();
  await demo.close();
});

test('a page of another origin in the same browser gets nothing, although the cookie comes along', async () => {
  const page = await demo.page.context().newPage();
  await page.goto(foreign);
  const own = new URL(demo.host.address).origin;
  const got = await page.evaluate(async (target) => {
    const read = async (path: string, options: RequestInit): Promise<string> => {
      try {
        return `read ${(await (await fetch(target + path, options)).text()).length}`;
      } catch {
        return 'nothing';
      }
    };
    const element = (tag: 'img' | 'script' | 'iframe', src: string): Promise<string> =>
      new Promise((resolve) => {
        const made = document.createElement(tag);
        made.addEventListener('load', () => {
          if (tag !== 'iframe') return resolve('loaded');
          // A frame that was refused shows an error page of an opaque origin.
          resolve((made as HTMLIFrameElement).contentDocument === null ? 'nothing' : 'loaded');
        });
        made.addEventListener('error', () => resolve('nothing'));
        made.src = src;
        document.body.append(made);
      });
    const socket = new Promise<string>((resolve) => {
      const opened = new WebSocket(`${target.replace('http', 'ws')}/contract`);
      opened.addEventListener('open', () => resolve('opened'));
      opened.addEventListener('error', () => resolve('nothing'));
    });
    return {
      fetch: await read('/', { credentials: 'include' }),
      picture: await read('/media/thumb-1', { credentials: 'include' }),
      post: await read('/', { method: 'POST', body: 'x', credentials: 'include' }),
      image: await element('img', `${target}/media/thumb-1`),
      script: await element('script', `${target}/assets/index.js`),
      frame: await element('iframe', target),
      socket: await socket,
    };
  }, own);
  expect(got).toEqual({
    fetch: 'nothing',
    picture: 'nothing',
    post: 'nothing',
    image: 'nothing',
    script: 'nothing',
    frame: 'nothing',
    socket: 'nothing',
  });
  await page.close();
});

test('the page may run no script, load no picture and reach no address but its own', async () => {
  const violations = await demo.page.evaluate(async (target) => {
    const seen: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));
    const inline = document.createElement('script');
    inline.textContent = 'window.pwned = 3';
    const picture = document.createElement('img');
    picture.src = `${target}pixel.png`;
    const frame = document.createElement('iframe');
    frame.src = target;
    document.body.append(inline, picture, frame);
    await fetch(target).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const made of [inline, picture, frame]) made.remove();
    return { seen: seen.sort(), pwned: 'pwned' in globalThis };
  }, foreign);
  expect(violations).toEqual({
    seen: ['connect-src', 'frame-src', 'img-src', 'script-src-elem'],
    pwned: false,
  });
  demo.errors.length = 0; // The console reported what the policy refused.
});

test.for([
  ['text instead of a frame', 'hello'],
  ['no frame', Buffer.from([1, 2, 3])],
  ['an array', encodeFrame([])],
  ['an unknown message', encodeFrame({ type: 'shutdown' })],
  [
    'a call with more than the contract knows',
    encodeFrame({ type: 'call', id: 1, procedure: 'app.info', input: {}, as: 'root' }),
  ],
  ['a call by a number', encodeFrame({ type: 'call', id: 1, procedure: 7, input: {} })],
  [
    'a name of thousands of characters',
    encodeFrame({ type: 'call', id: 1, procedure: 'x'.repeat(5000), input: {} }),
  ],
  ['a frame larger than is allowed', Buffer.alloc(MAX_FRAME_BYTES + 1)],
] as const)('a message that is %s ends its connection and harms no other', async ([, message]) => {
  const { origin, port, searchParams } = new URL(demo.host.address);
  const socket = new NodeSocket(`ws://127.0.0.1:${port}/contract`, {
    headers: { origin, cookie: `visage-token-${port}=${searchParams.get('token')}` },
  });
  await once(socket, 'open');
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  socket.send(message);
  await closed;
  const client = await connectTo(demo.host);
  expect((await client.call('app.info', {})).version).toMatch(/^\d/);
  client.close();
});

test.for(['__proto__', 'constructor', 'toString', 'project.open/../..', ''])(
  "there is no procedure '%s'",
  async (procedure) => {
    const client = await connectTo(demo.host);
    await expect(client.call(procedure as 'app.info', {})).rejects.toThrow(/no procedure/);
    client.close();
  },
);

test('markup in the names of files, people, sources and annotators stays text in every view', async () => {
  const folder = join(dirname(demo.project), 'images');
  const person = join(folder, HOSTILE.replaceAll('/', '⁄'));
  mkdirSync(person, { recursive: true });
  const face = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#a86' } })
    .png()
    .toBuffer();
  for (let i = 0; i < 3; i++) writeFileSync(join(person, `${i}<script>window.pwned=4<⁄script>.png`), face);
  const client = await connectTo(demo.host);
  const { id } = await client.call('jobs.start', {
    kind: 'import',
    input: { source: folder, format: 'identities', name: HOSTILE },
  });
  const end = await until(async () =>
    (await client.call('jobs.list', {})).find((job) => job.id === id && job.ended),
  );
  expect(end).toMatchObject({ state: 'done', result: { added: 3 } });
  await client.call('label.set', {
    faces: Int32Array.of(601),
    attribute: 0,
    value: 1,
    annotator: HOSTILE,
    description: HOSTILE,
  });
  let dialogs = 0;
  demo.page.on('dialog', (dialog) => {
    dialogs++;
    void dialog.dismiss();
  });
  const views = await demo.page
    .locator('nav li a')
    .evaluateAll((links) => links.map((link) => (link.getAttribute('href') ?? '').replace(/^#\//, '')));
  expect(views).toContain('cohorts');
  for (const route of [...views, 'face/601', '']) {
    await demo.go(route);
    await demo.page.locator('main').waitFor();
    // Two frames after the view is there, its first pictures have failed or loaded.
    await demo.page.waitForFunction(() => (document.querySelector('main')?.childElementCount ?? 0) > 0);
    await demo.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    expect(await demo.page.evaluate(() => 'pwned' in globalThis)).toBe(false);
    const links = await demo.page
      .locator('a[href]')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    for (const link of links) expect(link).toMatch(/^#/);
  }
  expect(dialogs).toBe(0);
  client.close();
});
