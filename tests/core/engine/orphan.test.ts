import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { nodeBinary } from '../../../core/engine/location.ts';

const HOST = fileURLToPath(new URL('./tasks/host.ts', import.meta.url));

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test.each(['idle', 'block'])('an engine whose host is killed does not live on (%s)', async (how) => {
  const host = spawn(nodeBinary(), [HOST, how], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(host.stdout, 'data')) as [Buffer];
  const pid = Number(String(line).trim());
  expect(alive(pid)).toBe(true);
  host.kill('SIGKILL');
  await expect.poll(() => alive(pid), { timeout: 10_000, interval: 50 }).toBe(false);
});

test('a host waits for the end of an engine that is slow to end, and then ends well', async () => {
  const path = fileURLToPath(new URL('./tasks/closing-host.ts', import.meta.url));
  const host = spawn(nodeBinary(), [path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  host.stdout.on('data', (chunk: Buffer) => {
    said += String(chunk);
  });
  const [code] = await once(host, 'exit');
  expect([code, said]).toEqual([0, 'closed']);
});
