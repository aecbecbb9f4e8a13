import { Fault } from '../../foundation/fault.ts';
import { elementsOf, TORCH_TYPES, type TorchElements, type TorchType } from './element-types.ts';

/** One block of memory that tensors are views of. Its bytes may come after the pickle that names it. */
export class TorchStorage {
  readonly key: string;
  /** undefined for storage without a type, whose tensors bring their own. */
  readonly type: TorchType | undefined;
  /** Elements of its type, or bytes where it has none. */
  readonly length: number;
  bytes: Uint8Array | undefined;
  bigEndian = false;
  readonly #decoded = new Map<TorchType, TorchElements>();

  constructor(key: string, type: TorchType | undefined, length: number) {
    this.key = key;
    this.type = type;
    this.length = length;
  }

  get byteLength(): number {
    return this.length * (this.type === undefined ? 1 : TORCH_TYPES[this.type].bytes);
  }

  elements(type: TorchType): TorchElements {
    const known = this.#decoded.get(type);
    if (known !== undefined) return known;
    if (this.bytes === undefined) throw new Error(`Storage '${this.key}' has no bytes yet.`);
    const made = elementsOf(type, this.bytes.subarray(0, this.byteLength), this.bigEndian);
    this.#decoded.set(type, made);
    return made;
  }
}

/** A view may repeat its storage (expand()), but not beyond this many elements. */
const MOST_REPEATED = 1 << 26;

/** A tensor of a checkpoint: a strided view of a storage, copied only when its elements are asked for. */
export class TorchTensor {
  readonly type: TorchType;
  readonly shape: readonly number[];
  readonly size: number;
  readonly #storage: TorchStorage;
  readonly #offset: number;
  readonly #strides: readonly number[];

  /**
   * @param offset first element in the storage
   * @param strides elements between neighbours of each dimension
   * @throws Fault for a view that leaves its storage
   */
  constructor(
    storage: TorchStorage,
    type: TorchType,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
    origin: string,
  ) {
    const natural = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
    const size = shape.reduce((product, dim) => product * dim, 1);
    const last = size === 0 ? -1 : shape.reduce((at, dim, i) => at + (dim - 1) * strides[i], offset);
    const have = Math.floor(storage.byteLength / TORCH_TYPES[type].bytes);
    const sound =
      natural(offset) && shape.every(natural) && strides.every(natural) && strides.length === shape.length;
    if (!sound || last >= have || size > Math.max(have, MOST_REPEATED)) {
      throw new Fault(
        `'${origin}' holds a tensor of shape [${shape.join(', ')}], strides [${strides.join(', ')}] and offset ${offset}, which does not fit its storage of ${have} elements.`,
      );
    }
    this.type = type;
    this.shape = shape;
    this.size = size;
    this.#storage = storage;
    this.#offset = offset;
    this.#strides = strides;
  }

  /** The elements, row-major; to be read only, as tensors may share them. */
  elements(): TorchElements {
    const all = this.#storage.elements(this.type);
    const shape = this.shape;
    let dense = 1;
    let contiguous = true;
    for (let i = shape.length - 1; i >= 0; i--) {
      if (shape[i] !== 1 && this.#strides[i] !== dense) contiguous = false;
      dense *= shape[i];
    }
    if (contiguous || this.size === 0) return all.subarray(this.#offset, this.#offset + this.size);
    const made = all.slice(0, 0).constructor as new (length: number) => TorchElements;
    const copy = new made(this.size);
    const index = new Array<number>(shape.length).fill(0);
    let from = this.#offset;
    for (let to = 0; to < this.size; to++) {
      copy[to] = all[from];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        from += this.#strides[axis];
        if (++index[axis] < shape[axis]) break;
        from -= shape[axis] * this.#strides[axis];
        index[axis] = 0;
      }
    }
    return copy;
  }

  /** Elements as float32. @throws Fault where the tensor holds no real numbers */
  floats(): Float32Array {
    const elements = this.elements();
    if (elements instanceof Float32Array) return elements;
    return Float32Array.from(elements as ArrayLike<number | bigint>, Number);
  }
}
