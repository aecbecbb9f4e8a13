import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { PORT_MESSAGE, type VisageBridge } from '../../../core/contract/bridge.ts';
import { plainMessage } from '../../../core/contract/plain.ts';
import { hostPort } from '../../../electron/port.ts';
import { askForPort, type Page } from '../../../renderer/connection/message-port.ts';
import { mainPort } from './ports.ts';

const received = (channel: MessageChannel): Promise<unknown> =>
  new Promise((resolve) => channel.port1.once('message', resolve));

test('a column is sent without what else lies in its buffer, and shared memory is copied', async () => {
  const channel = new MessageChannel();
  const port = hostPort(mainPort(channel.port2));
  const all = Float64Array.of(1, 2, 3, 4);
  const shared = new Int32Array(new SharedArrayBuffer(8)).fill(7);
  const answer = received(channel);
  port.send({ part: all.subarray(1, 3), shared, text: Buffer.from('ab') });
  const { part, shared: copied, text } = (await answer) as Record<string, Float64Array>;
  expect([part, copied, text]).toEqual([Float64Array.of(2, 3), Int32Array.of(7, 7), Uint8Array.of(97, 98)]);
  expect([part, copied, text].map((column) => column.buffer.byteLength)).toEqual([16, 8, 2]);
  // The sender keeps its memory: MessagePortMain would lose a buffer that is transferred.
  expect(all).toEqual(Float64Array.of(1, 2, 3, 4));
  channel.port1.close();
});

test("the window's reactive objects, which cannot be cloned, arrive as plain ones", async () => {
  const channel = new MessageChannel();
  const port = hostPort(mainPort(channel.port2));
  const reactive = new Proxy({ ids: new Proxy([1, 2], {}), nothing: undefined }, {});
  expect(() => channel.port2.postMessage(reactive)).toThrow('could not be cloned');
  const answer = received(channel);
  port.send({ input: reactive });
  expect(await answer).toEqual({ input: { ids: [1, 2] } });
  channel.port1.close();
});

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
const deep = JSON.parse('['.repeat(1000) + ']'.repeat(1000));

const REFUSED: [string, unknown, string][] = [
  ['an object that holds itself', cyclic, 'nested more than 64 deep'],
  ['a thousand nested lists', deep, 'nested more than 64 deep'],
  ['a Map', { input: new Map([[1, 2]]) }, 'A Map cannot be sent'],
  ['a date', { input: new Date(0) }, 'A Date cannot be sent'],
  ['an error', { input: new Error('x') }, 'A Error cannot be sent'],
  ['a regular expression', { input: /x/ }, 'A RegExp cannot be sent'],
  ['a big integer', { id: 1n }, 'A bigint cannot be sent'],
  ['a column of big integers', { input: BigInt64Array.of(1n) }, 'A BigInt64Array cannot be sent'],
  ['bare memory', { input: new ArrayBuffer(8) }, 'A ArrayBuffer cannot be sent'],
  ['a field named __proto__', JSON.parse('{"input":{"__proto__":{"admin":true}}}'), '__proto__'],
];

test.for(REFUSED)('%s is refused by the sender', ([, message, words]) => {
  expect(() => plainMessage(message)).toThrow(words);
  expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
});

test.for(REFUSED)('%s from a window ends its connection, once', async ([, message]) => {
  const channel = new MessageChannel();
  const port = hostPort(mainPort(channel.port2));
  const ends: string[] = [];
  const seen: unknown[] = [];
  port.onClose((reason) => ends.push(reason));
  port.onMessage((value) => seen.push(value));
  const closed = new Promise((resolve) => channel.port1.on('close', resolve));
  channel.port1.postMessage(message);
  await closed;
  await new Promise(setImmediate);
  expect(ends).toEqual(['a message could not have come from this window']);
  expect(seen).toEqual([]);
});

test('functions are refused, and what is larger than allowed', () => {
  expect(() => plainMessage({ run: () => 1 })).toThrow('A function cannot be sent');
  expect(() => plainMessage({ x: Symbol('x') })).toThrow('A symbol cannot be sent');
  expect(plainMessage({ x: new Uint8Array(900) }, 1000)).toEqual({ x: new Uint8Array(900) });
  for (const large of [new Uint8Array(1001), 'x'.repeat(501), Array.from({ length: 126 }, () => 0)])
    expect(() => plainMessage({ x: large }, 1000)).toThrow('more than 1000 bytes');
});

/** A page that hands its message listeners to the test. */
function fakePage(): { page: Page; say(event: unknown): void } {
  const listeners = new Set<(event: unknown) => void>();
  const page = {
    addEventListener: (_: string, listener: (event: unknown) => void) => listeners.add(listener),
    removeEventListener: (_: string, listener: (event: unknown) => void) => listeners.delete(listener),
  } as unknown as Page;
  return {
    page,
    say: (event) => {
      for (const listener of listeners) listener(event);
    },
  };
}

test('a window takes its port from the preload script alone', async () => {
  const { page, say } = fakePage();
  let asked = 0;
  const bridge = { connect: () => asked++ } as unknown as VisageBridge;
  const port = askForPort(page, bridge, 1000);
  const [real, forged] = [new MessageChannel(), new MessageChannel()];
  say({ data: PORT_MESSAGE, source: {}, ports: [forged.port1] });
  say({ data: 'something else', source: page, ports: [forged.port1] });
  say({ data: PORT_MESSAGE, source: page, ports: [] });
  say({ data: PORT_MESSAGE, source: page, ports: [real.port1] });
  const arrived = new Promise((resolve) => real.port2.once('message', resolve));
  (await port).send({ hello: 1 });
  expect(await arrived).toEqual({ hello: 1 });
  expect(asked).toBe(1);
  real.port1.close();
  forged.port1.close();
});

test('a host that gives no port is a sentence, not a window that waits for ever', async () => {
  const { page } = fakePage();
  const bridge = { connect: () => {} } as unknown as VisageBridge;
  await expect(askForPort(page, bridge, 10)).rejects.toThrow('does not answer');
});
