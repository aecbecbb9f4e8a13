import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Mounting needs a right that an ordinary user, or a container, does not have. */
export const canMount = ((): boolean => {
  const at = mkdtempSync(join(tmpdir(), 'visage-probe-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at]);
  if (status === 0) spawnSync('umount', [at]);
  rmSync(at, { recursive: true, force: true });
  return status === 0;
})();

/** A file system of its own in memory, mounted at `at`. Whoever mounts it takes it away again. */
export function mountDisk(at: string, size: string): void {
  mkdirSync(at, { recursive: true });
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', at]);
  if (status !== 0) throw new Error('The file system could not be mounted.');
}

/** Lets nobody write any more, root included. */
export function makeReadOnly(at: string): void {
  const { status } = spawnSync('mount', ['-o', 'remount,ro', at]);
  if (status !== 0) throw new Error('The file system could not be made read-only.');
}

export const unmountDisk = (at: string): void => void spawnSync('umount', ['-l', at]);
