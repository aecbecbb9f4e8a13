import { once } from 'node:events';
import WebSocket from 'ws';
import { connect } from '../../core/contract/client.ts';
import { type VisageClient, visageContract } from '../../core/contract/visage.ts';
import { portOf } from '../../core/host/web-host.ts';
import type { Host } from './host.ts';

/** A second client of a running host beside its windows, for what a spec asks or changes from outside. */
export async function connectTo(host: Host): Promise<VisageClient> {
  const { origin, port, searchParams } = new URL(host.address);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/contract`, {
    headers: { origin, cookie: `visage-token-${port}=${searchParams.get('token')}` },
  });
  await once(socket, 'open');
  return connect(visageContract, portOf(socket));
}

/** Asks again and again until there is an answer. @throws when none came in time */
export async function until<T>(ask: () => Promise<T | undefined>, milliseconds = 30_000): Promise<T> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`There was no answer within ${milliseconds / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
