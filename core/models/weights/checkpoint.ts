import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { diskFault, Fault, sentenceOf } from '../../foundation/fault.ts';
import { textOf } from '../../foundation/pickle/constructors.ts';
import { unpickle } from '../../foundation/pickle/unpickle.ts';
import { decodeSafetensors, isSafetensors } from './safetensors.ts';
import { TORCH, typeOfStorage } from './torch-names.ts';
import { TorchStorage, type TorchTensor } from './torch-tensor.ts';
import { isZip, openZip } from './zip.ts';

/** What `torch.load` would give, as plain data: Maps, arrays, numbers, text, and `TorchTensor`s. */
export interface Checkpoint {
  origin: string;
  /**
   * 'zip': PyTorch 1.6 and later; 'stream': before, and `_use_new_zipfile_serialization=False`; 'safetensors': one file,
   * or several with an index.
   */
  format: 'zip' | 'stream' | 'safetensors';
  value: unknown;
}

/** The first number of a stream checkpoint. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
/** A checkpoint of IR-100 with its optimiser has under 1 GB. */
const MOST_BYTES = 16 * 2 ** 30;

/** The index of weights that are spread over several files. */
const INDEX = '.safetensors.index.json';

/**
 * Reads a checkpoint (PyTorch's .pth, .pt, .ckpt; .safetensors, or the .index.json of several) without running anything in it.
 * @throws Fault for files that are none, damaged, cut short, or that name anything but plain data and tensors
 */
export function readCheckpoint(path: string): Checkpoint {
  return path.endsWith(INDEX) ? fromIndex(path) : decodeCheckpoint(wholeFile(path), path);
}

function fromIndex(path: string): Checkpoint {
  let map: unknown;
  try {
    map = (JSON.parse(Buffer.from(wholeFile(path)).toString('utf8')) as { weight_map?: unknown }).weight_map;
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault(`'${path}' is no JSON: ${sentenceOf(thrown)}.`);
  }
  const entries = Object.entries((map ?? {}) as Record<string, unknown>);
  const files = new Map<string, Map<string, TorchTensor>>();
  const value = new Map<string, TorchTensor>();
  for (const [name, file] of entries) {
    if (typeof file !== 'string' || basename(file) !== file) {
      throw new Fault(`'${path}' keeps '${name}' in '${String(file)}', which is no file beside it.`);
    }
    const at = join(dirname(path), file);
    const tensors = files.get(file) ?? decodeSafetensors(wholeFile(at), at);
    files.set(file, tensors);
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Fault(`'${at}' does not hold '${name}', which '${path}' promises.`);
    value.set(name, tensor);
  }
  return { origin: path, format: 'safetensors', value };
}

export function decodeCheckpoint(bytes: Uint8Array, origin: string): Checkpoint {
  if (isZip(bytes)) return fromZip(bytes, origin);
  if (isSafetensors(bytes)) return { origin, format: 'safetensors', value: decodeSafetensors(bytes, origin) };
  if (bytes[0] === 0x80 || bytes[0] === 0x28) return fromStream(bytes, origin);
  throw new Fault(
    `'${origin}' is no checkpoint of PyTorch: it begins neither as a zip archive nor as a pickle, nor as safetensors.`,
  );
}

function wholeFile(path: string): Uint8Array {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (thrown) {
    throw (
      diskFault(thrown, path, 'read') ??
      new Fault(`The checkpoint '${path}' cannot be read: ${sentenceOf(thrown)}.`)
    );
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Fault(`'${path}' is no file; a checkpoint of PyTorch is expected.`);
    if (stat.size > MOST_BYTES) throw new Fault(`'${path}' has ${stat.size} bytes; allowed: ${MOST_BYTES}.`);
    const bytes = new Uint8Array(stat.size);
    // One call reads at most 2 GiB.
    for (let at = 0; at < bytes.length; ) {
      const got = readSync(fd, bytes, at, Math.min(bytes.length - at, 1 << 30), at);
      if (got === 0) throw new Fault(`'${path}' became shorter while it was read.`);
      at += got;
    }
    return bytes;
  } finally {
    closeSync(fd);
  }
}

/** Storages by key as the pickle names them: ('storage', class, key, place, length[, view]). */
class Storages {
  readonly byKey = new Map<string, TorchStorage>();
  readonly #origin: string;
  readonly #found: (storage: TorchStorage) => void;

  constructor(origin: string, found: (storage: TorchStorage) => void = () => {}) {
    this.#origin = origin;
    this.#found = found;
  }

  of = (id: unknown): unknown => {
    const parts = Array.isArray(id) ? id : [];
    const kind = textOf(parts[0]);
    if (kind === 'module') {
      throw new Fault(
        `'${this.#origin}' holds a whole module (the class '${String(parts[1])}') instead of weights; save its state_dict() instead.`,
      );
    }
    const key = textOf(parts[2]) ?? (typeof parts[2] === 'number' ? String(parts[2]) : undefined);
    const length = Number(parts[4]);
    if (kind !== 'storage' || key === undefined || !Number.isSafeInteger(length) || length < 0) {
      throw new Fault(`'${this.#origin}' refers to an object outside itself that is no storage.`);
    }
    const view = parts[5];
    if (view !== undefined && view !== null) {
      throw new Fault(
        `'${this.#origin}' was written by a PyTorch before 0.4, with views of storages; load and save it again with a later one.`,
      );
    }
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const storage = new TorchStorage(key, typeOfStorage(parts[1], this.#origin), length);
    this.#found(storage);
    this.byKey.set(key, storage);
    return storage;
  };
}

function fill(storage: TorchStorage, bytes: Uint8Array, bigEndian: boolean, origin: string): void {
  if (bytes.byteLength < storage.byteLength) {
    throw new Fault(
      `'${origin}' is cut short: storage '${storage.key}' has ${bytes.byteLength} bytes of ${storage.byteLength}.`,
    );
  }
  storage.bytes = bytes;
  storage.bigEndian = bigEndian;
}

function fromZip(bytes: Uint8Array, origin: string): Checkpoint {
  const archive = openZip(bytes, origin);
  const main = archive.names.find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (main === undefined) {
    throw new Fault(`'${origin}' is a zip archive but no checkpoint of PyTorch: it holds no 'data.pkl'.`);
  }
  const folder = main.slice(0, -'data.pkl'.length);
  if (archive.names.includes(`${folder}constants.pkl`)) {
    throw new Fault(
      `'${origin}' is a TorchScript program, not a checkpoint; save its state_dict(), or export it to ONNX.`,
    );
  }
  const order = archive.names.includes(`${folder}byteorder`)
    ? Buffer.from(archive.read(`${folder}byteorder`)).toString('latin1')
    : 'little';
  if (order !== 'little' && order !== 'big') {
    throw new Fault(`'${origin}' says its byte order is '${order.slice(0, 20)}'; allowed: little, big.`);
  }
  const storages = new Storages(origin, (storage) =>
    fill(storage, archive.read(`${folder}data/${storage.key}`), order === 'big', origin),
  );
  const { value } = unpickle(archive.read(main), {
    origin,
    allowed: TORCH,
    persistent: storages.of,
  });
  return { origin, format: 'zip', value };
}

/** Magic number, protocol, system, the object, the storages' keys: a pickle each; then the storages in that order. */
function fromStream(bytes: Uint8Array, origin: string): Checkpoint {
  let at = 0;
  const storages = new Storages(origin);
  const next = (): unknown => {
    const { value, end } = unpickle(bytes, { origin, at, allowed: TORCH, persistent: storages.of });
    at = end;
    return value;
  };
  if (next() !== MAGIC) {
    throw new Fault(
      `'${origin}' is a pickle, but not one that torch.save wrote: its first number is not PyTorch's own.`,
    );
  }
  const protocol = next();
  if (protocol !== PROTOCOL) {
    throw new Fault(`'${origin}' has the format ${String(protocol)} of PyTorch; allowed: ${PROTOCOL}.`);
  }
  const system = next();
  const bigEndian = system instanceof Map && system.get('little_endian') === false;
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw new Fault(`'${origin}' does not list its storages.`);
  for (const key of keys) {
    const storage = storages.byKey.get(textOf(key) ?? String(key));
    if (storage === undefined)
      throw new Fault(`'${origin}' lists the storage '${String(key)}', which nothing uses.`);
    const short = (): Fault =>
      new Fault(
        `'${origin}' is cut short: storage '${storage.key}' begins at byte ${at} of ${bytes.byteLength}.`,
      );
    if (bytes.byteLength - at < 8) throw short();
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
    const length = Number(view.getBigInt64(0, !bigEndian));
    if (length !== storage.length) {
      throw new Fault(
        `'${origin}' is damaged: storage '${storage.key}' has ${length} elements, but ${storage.length} are used.`,
      );
    }
    at += 8;
    fill(storage, bytes.subarray(at, at + storage.byteLength), bigEndian, origin);
    at += storage.byteLength;
  }
  for (const { key, bytes: filled } of storages.byKey.values()) {
    if (filled === undefined) throw new Fault(`'${origin}' is cut short: storage '${key}' is missing.`);
  }
  return { origin, format: 'stream', value };
}
