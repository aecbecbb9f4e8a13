import type { Cursor } from './cursor.ts';

/** Python reads no longer decimal numbers either (sys.int_info.default_max_str_digits). */
const MOST_DIGITS = 4300;
/** Longest two's-complement integer; torch's own magic number has 10 bytes. */
const MOST_LONG_BYTES = 1024;

/** An integer as a number where it is exact, else as a bigint. */
export function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Little-endian two's complement, as LONG1 and LONG4 keep it. */
export function twosComplement(bytes: Uint8Array, cursor: Cursor): number | bigint {
  if (bytes.length === 0) return 0;
  if (bytes.length > MOST_LONG_BYTES) throw cursor.fault(`an integer of ${bytes.length} bytes`);
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return exact(BigInt.asIntN(8 * bytes.length, value));
}

/** A decimal integer of protocol 0, '12' or '12L'; '00' and '01' are False and True for INT. */
export function decimal(line: string, cursor: Cursor): number | bigint {
  const digits = line.endsWith('L') ? line.slice(0, -1) : line;
  if (!/^\s*[+-]?\d+\s*$/.test(digits) || digits.length > MOST_DIGITS) {
    throw cursor.fault(`'${line.slice(0, 40)}' where an integer is expected`);
  }
  return exact(BigInt(digits.trim().replace(/^\+/, '')));
}

/** A decimal floating-point number of protocol 0. */
export function decimalFloat(line: string, cursor: Cursor): number {
  const named: Record<string, number> = { inf: Infinity, '-inf': -Infinity, nan: Number.NaN };
  const word = line.trim().toLowerCase();
  if (word in named) return named[word];
  const value = Number(word);
  if (word === '' || Number.isNaN(value)) {
    throw cursor.fault(`'${line.slice(0, 40)}' where a number is expected`);
  }
  return value;
}

const SINGLE: Readonly<Record<string, number>> = {
  ...{ '\\': 0x5c, "'": 0x27, '"': 0x22, a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 },
};

/** The bytes of a quoted string of protocol 0: repr() of a Python 2 str. */
export function quoted(line: string, cursor: Cursor): Uint8Array {
  const quote = line[0];
  if (line.length < 2 || (quote !== "'" && quote !== '"') || line.at(-1) !== quote) {
    throw cursor.fault(`'${line.slice(0, 40)}' where a quoted string is expected`);
  }
  const bytes = new Uint8Array(line.length - 2);
  let size = 0;
  for (let i = 1; i < line.length - 1; i++) {
    if (line[i] !== '\\') {
      bytes[size++] = line.charCodeAt(i);
      continue;
    }
    const next = line[++i];
    if (next in SINGLE) bytes[size++] = SINGLE[next];
    else if (next === 'x' && /^[0-9a-f]{2}$/i.test(line.slice(i + 1, i + 3))) {
      bytes[size++] = Number.parseInt(line.slice(i + 1, i + 3), 16);
      i += 2;
    } else {
      const octal = /^[0-7]{1,3}/.exec(line.slice(i, i + 3))?.[0];
      if (octal === undefined || i >= line.length - 1) throw cursor.fault(`the escape '\\${next}'`);
      bytes[size++] = Number.parseInt(octal, 8) & 0xff;
      i += octal.length - 1;
    }
  }
  return bytes.subarray(0, size);
}

/** Text of protocol 0: Latin-1 with \uXXXX and \UXXXXXXXX ('raw-unicode-escape'). */
export function rawUnicode(line: string, cursor: Cursor): string {
  return line.replaceAll(
    /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g,
    (written: string, four?: string, eight?: string) => {
      const code = Number.parseInt(four ?? eight ?? '', 16);
      if (code > 0x10ffff) throw cursor.fault(`the character '${written}'`);
      return String.fromCodePoint(code);
    },
  );
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Text as protocols 1 and later keep it. Surrogates by themselves, which Python lets pass, are replaced. */
export function utf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return new TextDecoder('utf-8').decode(bytes);
  }
}
