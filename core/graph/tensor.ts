import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isAbsolute, join, normalize, sep } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import {
  arrayTypeOf,
  type Elements,
  type ElementType,
  elementCodeOf,
  elementTypeOf,
  elementTypeOfArray,
} from './elements.ts';
import { type Int64, replaced, type TensorMessage, toBigInt, toInt64, toNumber } from './messages.ts';

const EXTERNAL = 1;

const LARGEST = 2n ** 63n - 1n;

/**
 * Numbers as int64, held to its range: exporters write 'to the end' as the largest int64, which a number rounds up past it.
 */
export const integers = (values: readonly number[]): BigInt64Array =>
  BigInt64Array.from(values, (value) => {
    const exact = BigInt(value);
    return exact > LARGEST ? LARGEST : exact < -LARGEST ? -LARGEST : exact;
  });

/** A constant of a graph: a weight, or the value of a Constant node. Wraps its message, so that nothing is lost. */
export class GraphTensor {
  readonly message: TensorMessage;
  /** Folder that locations of external data are relative to; undefined for a model that came as bytes. */
  readonly folder: string | undefined;
  #elements: Elements | undefined;

  constructor(message: TensorMessage, folder?: string) {
    this.message = message;
    this.folder = folder;
  }

  /** A new tensor over `data` (not copied). @throws Fault when the shape does not fit the number of elements. */
  static of(
    data: Elements,
    dims: readonly number[] = [data.length],
    name = '',
    type = elementTypeOfArray(data),
  ): GraphTensor {
    const size = dims.reduce((product, dim) => product * dim, 1);
    if (size !== data.length) {
      throw new Fault(
        `Tensor '${name}' of shape [${dims.join(', ')}] needs ${size} elements, not ${data.length}.`,
      );
    }
    const tensor = new GraphTensor({
      name,
      dims: dims.map(toInt64),
      dataType: elementCodeOf(type),
      rawData: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    });
    tensor.#elements = data;
    return tensor;
  }

  /** int64 values, the form of shapes and axes. */
  static ints(values: readonly number[], name = '', dims: readonly number[] = [values.length]): GraphTensor {
    return GraphTensor.of(integers(values), dims, name);
  }

  static floats(
    values: readonly number[],
    name = '',
    dims: readonly number[] = [values.length],
  ): GraphTensor {
    return GraphTensor.of(Float32Array.from(values), dims, name);
  }

  get name(): string {
    return this.message.name ?? '';
  }

  get dims(): number[] {
    return (this.message.dims ?? []).map(toNumber);
  }

  get size(): number {
    return this.dims.reduce((product, dim) => product * dim, 1);
  }

  get type(): ElementType {
    return elementTypeOf(this.message.dataType ?? 0);
  }

  get external(): boolean {
    return this.message.dataLocation === EXTERNAL;
  }

  /** The same tensor under another name; the data is shared. */
  named(name: string): GraphTensor {
    const copy = new GraphTensor(replaced(this.message, { name }), this.folder);
    copy.#elements = this.#elements;
    return copy;
  }

  /** The same data and name under another shape of equal size. */
  reshaped(dims: readonly number[]): GraphTensor {
    const copy = new GraphTensor(replaced(this.message, { dims: dims.map(toInt64) }), this.folder);
    copy.#elements = this.#elements;
    return copy;
  }

  /** Where the external data lies. @throws Fault for a location outside the model's folder. */
  externalRange(): { path: string; offset: number; length: number | undefined } {
    const entries = new Map(
      (this.message.externalData ?? []).map(({ key, value }) => [key ?? '', value ?? '']),
    );
    const location = entries.get('location') ?? '';
    const inside = normalize(location);
    if (location === '' || isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`)) {
      throw new Fault(
        `Tensor '${this.name}' keeps its data in '${location}', which is not a file inside the model's own folder.`,
      );
    }
    if (this.folder === undefined) {
      throw new Fault(
        `Tensor '${this.name}' keeps its data in the file '${location}': open the model by its path, not as bytes.`,
      );
    }
    const length = entries.get('length');
    return {
      path: join(this.folder, inside),
      offset: Number(entries.get('offset') ?? 0),
      length: length === undefined ? undefined : Number(length),
    };
  }

  /** The tensor with its data inside the message. */
  inlined(): GraphTensor {
    if (!this.external) return this;
    const bytes = this.#externalBytes();
    const { externalData: _entries, dataLocation: _location, ...kept } = this.message;
    return new GraphTensor({ ...kept, rawData: bytes }, this.folder);
  }

  #externalBytes(): Buffer {
    const { path, offset, length } = this.externalRange();
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      throw new Fault(
        `Tensor '${this.name}' keeps its data in '${path}', which ${code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`}. Put that file beside its network, as they were exported.`,
      );
    }
    try {
      const bytes = Buffer.alloc(length ?? Math.max(0, fstatSync(fd).size - offset));
      for (let at = 0; at < bytes.length; ) {
        const got = readSync(fd, bytes, at, Math.min(bytes.length - at, 1 << 30), offset + at);
        if (got === 0) throw new Fault(`'${path}' is cut short: tensor '${this.name}' ends beyond it.`);
        at += got;
      }
      return bytes;
    } finally {
      closeSync(fd);
    }
  }

  /**
   * The elements, row-major, to be read only: raw data is viewed in place where its alignment allows and copied once
   * where not, so that a change would reach the file in one case and not in the other.
   * @throws Fault when there are more or fewer elements than the shape says, or the type has no array form.
   */
  elements(): Elements {
    if (this.#elements !== undefined) return this.#elements;
    const Type = arrayTypeOf(this.type);
    if (Type === undefined)
      throw new Fault(`Tensor '${this.name}' holds ${this.type}, which is not supported here.`);
    const { message } = this;
    let found: Elements;
    const raw = this.external ? this.#externalBytes() : message.rawData;
    if (raw !== undefined && raw.byteLength > 0) {
      if (raw.byteLength % Type.BYTES_PER_ELEMENT !== 0) throw this.#wrongSize(`${raw.byteLength} bytes`);
      const aligned = raw.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? raw : Uint8Array.from(raw);
      found = new Type(
        aligned.buffer as ArrayBuffer,
        aligned.byteOffset,
        raw.byteLength / Type.BYTES_PER_ELEMENT,
      );
    } else {
      found = this.#fieldElements(Type);
    }
    if (found.length !== this.size) throw this.#wrongSize(`${found.length} elements`);
    this.#elements = found;
    return found;
  }

  #fieldElements(Type: NonNullable<ReturnType<typeof arrayTypeOf>>): Elements {
    const { message } = this;
    if (Type === Float32Array) return Float32Array.from(message.floatData ?? []);
    if (Type === Float64Array) return Float64Array.from(message.doubleData ?? []);
    if (Type === BigInt64Array) return BigInt64Array.from(message.int64Data ?? [], toBigInt);
    if (Type === BigUint64Array) return BigUint64Array.from(message.uint64Data ?? [], toBigInt);
    if (Type === Uint32Array) return Uint32Array.from((message.uint64Data ?? []) as Int64[], toNumber);
    return (Type as Int32ArrayConstructor).from(message.int32Data ?? []);
  }

  #wrongSize(found: string): Fault {
    return new Fault(
      `Tensor '${this.name}' of ${this.type} and shape [${this.dims.join(', ')}] holds ${found}; its shape says ${this.size} elements.`,
    );
  }

  /** Elements as numbers (64-bit integers as the nearest number). */
  numbers(): number[] {
    return Array.from(this.elements() as ArrayLike<number | bigint>, Number);
  }
}
