import { Fault } from '../fault.ts';

/** Longest line of protocol 0 that is looked for: a number, a name, a quoted string. */
const LONGEST_LINE = 1 << 26;

/** Reads a pickle's bytes front to back and never beyond their end. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly origin: string;
  at: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, at: number, origin: string) {
    this.bytes = bytes;
    this.at = at;
    this.origin = origin;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.byteLength - this.at;
  }

  /** A Fault that says where the pickle is damaged. */
  fault(what: string, at = this.at): Fault {
    return new Fault(`'${this.origin}' holds a damaged pickle: ${what} at byte ${at}.`);
  }

  #step(size: number): number {
    if (this.left < size) {
      throw new Fault(
        `'${this.origin}' is cut short: its pickle needs ${size} more bytes at byte ${this.at} of ${this.bytes.byteLength}.`,
      );
    }
    const at = this.at;
    this.at += size;
    return at;
  }

  uint8(): number {
    return this.bytes[this.#step(1)];
  }

  uint16(): number {
    return this.#view.getUint16(this.#step(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#step(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#step(4), true);
  }

  /** A length of 64 bits. @throws Fault for one that no file has */
  length64(): number {
    const value = this.#view.getBigUint64(this.#step(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.fault(`a length of ${value} bytes`, this.at - 8);
    return Number(value);
  }

  float64BigEndian(): number {
    return this.#view.getFloat64(this.#step(8), false);
  }

  /** The next bytes, not copied. */
  take(length: number): Uint8Array {
    if (length < 0) throw this.fault(`a length of ${length} bytes`);
    const at = this.#step(length);
    return this.bytes.subarray(at, at + length);
  }

  /** Up to the next line feed, which is passed over, as Latin-1. */
  line(): string {
    const end = this.bytes.subarray(this.at, this.at + LONGEST_LINE).indexOf(0x0a);
    if (end < 0) {
      throw new Fault(
        `'${this.origin}' is cut short: a line of its pickle has no end after byte ${this.at} of ${this.bytes.byteLength}.`,
      );
    }
    const line = latin1(this.take(end));
    this.at++;
    return line;
  }
}

/** Bytes as the characters of the same numbers. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
