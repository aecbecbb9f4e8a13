/** What can be written: what a verification set needs. */
export type Picklable = null | boolean | number | string | Uint8Array | readonly Picklable[] | PickleTuple;

export class PickleTuple {
  readonly items: readonly Picklable[];

  constructor(...items: Picklable[]) {
    this.items = items;
  }
}

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');
const withLength = (opcode: string | number, body: Uint8Array): Buffer[] => {
  const head = Buffer.alloc(5);
  head[0] = typeof opcode === 'number' ? opcode : opcode.charCodeAt(0);
  head.writeUInt32LE(body.byteLength, 1);
  return [head, Buffer.from(body.buffer, body.byteOffset, body.byteLength)];
};

/**
 * Writes plain data as a pickle of protocol 3, which every Python 3 reads with `pickle.load(f)` and with the
 * `encoding='bytes'` of the public verification code alike.
 * @returns the file in parts, so that large bytes are not copied
 */
export function* pickle(value: Picklable): Generator<Uint8Array> {
  yield Buffer.from([0x80, 3]);
  yield* written(value);
  yield ascii('.');
}

function* written(value: Picklable): Generator<Uint8Array> {
  if (value === null) yield ascii('N');
  else if (typeof value === 'boolean') yield Buffer.from([value ? 0x88 : 0x89]);
  else if (typeof value === 'number') yield number(value);
  else if (typeof value === 'string') yield* withLength('X', Buffer.from(value, 'utf8'));
  else if (value instanceof Uint8Array) yield* withLength('B', value);
  else if (value instanceof PickleTuple) {
    yield ascii('(');
    for (const item of value.items) yield* written(item);
    yield ascii('t');
  } else {
    yield ascii('](');
    for (const item of value) yield* written(item);
    yield ascii('e');
  }
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) {
    bytes.write('J', 'latin1');
    bytes.writeInt32LE(value, 1);
    return bytes.subarray(0, 5);
  }
  bytes.write('G', 'latin1');
  bytes.writeDoubleBE(value, 1);
  return bytes;
}
