import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { diskFault, Fault } from '../foundation/fault.ts';
import { writeAll, writeWhole } from '../foundation/whole.ts';
import type { TrainingState } from './run.ts';

/** First bytes of a checkpoint; the number is the format's. */
const MAGIC = 'VISCKPT1';

const header = z.strictObject({
  steps: z.int().nonnegative(),
  values: z.array(z.strictObject({ name: z.string(), length: z.int().nonnegative() })),
  /** What the run was started with, to be compared before it goes on. */
  settings: z.string(),
});

/**
 * Writes a training state whole or not at all: into a file beside it that takes its place when it is on the disk, so that
 * the one before survives whatever happens. Layout: 8 bytes, the length of a JSON header (u32, little-endian), the header
 * padded to 4 bytes, the values as float32.
 * @throws Fault where it cannot be written
 */
export function writeCheckpoint(path: string, state: TrainingState, settings: string): void {
  const entries = Object.entries(state.values);
  const text = JSON.stringify({
    ...{ steps: state.steps, settings },
    values: entries.map(([name, { length }]) => ({ name, length })),
  });
  const bytes = new TextEncoder().encode(text);
  const head = Buffer.alloc(12 + Math.ceil(bytes.length / 4) * 4, ' ');
  head.write(MAGIC, 0, 'latin1');
  head.writeUInt32LE(head.length - 12, 8);
  head.set(bytes, 12);
  writeWhole(path, (fd) => {
    writeAll(fd, head);
    for (const [, data] of entries) writeAll(fd, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  });
}

/** @throws Fault for a file that is no whole checkpoint, or one of a run with other settings */
export function readCheckpoint(path: string, settings: string): TrainingState {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (thrown) {
    throw diskFault(thrown, path, 'read') ?? thrown;
  }
  const damaged = (how: string) => new Fault(`'${path}' is no whole checkpoint: ${how}.`);
  if (bytes.length < 12 || bytes.toString('latin1', 0, 8) !== MAGIC)
    throw damaged(`it does not begin with ${MAGIC}`);
  const length = bytes.readUInt32LE(8);
  if (bytes.length < 12 + length) throw damaged('it ends within its header');
  let parsed: z.infer<typeof header>;
  try {
    parsed = header.parse(JSON.parse(bytes.toString('utf8', 12, 12 + length)));
  } catch {
    throw damaged('its header is damaged');
  }
  const wanted = 12 + length + 4 * parsed.values.reduce((sum, each) => sum + each.length, 0);
  if (bytes.length !== wanted) throw damaged(`it has ${bytes.length} bytes and should have ${wanted}`);
  if (parsed.settings !== settings) {
    throw new Fault(
      `The checkpoint '${path}' was made with other settings: ${parsed.settings}; this run has: ${settings}.`,
    );
  }
  const values: Record<string, Float32Array> = {};
  let at = 12 + length;
  for (const { name, length: count } of parsed.values) {
    values[name] = new Float32Array(count);
    new Uint8Array(values[name].buffer).set(bytes.subarray(at, at + 4 * count));
    at += 4 * count;
  }
  return { steps: parsed.steps, values };
}
