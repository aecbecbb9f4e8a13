import { Fault } from '../../foundation/fault.ts';
import type { GraphBuilder, Handle } from '../../graph/builder.ts';
import type { Elements } from '../../graph/elements.ts';
import { integers } from '../../graph/tensor.ts';

/** A constant as TensorFlow has it; whole numbers are exact in float32 up to 2²⁴. */
export interface Constant {
  shape: readonly number[];
  type: 'float32' | 'int32' | 'bool';
  data: Float32Array;
}

/**
 * A value of a TensorFlow graph that is being rebuilt. TensorFlow's pictures are N×H×W×C, ONNX's convolutions want N×C×H×W:
 * a value in layout 'nchw' means the same picture, turned, so that chains of convolutions are not turned back and forth.
 */
export interface Value {
  layout: 'plain' | 'nchw';
  /** Known for constants; their handle is made when it is first needed. */
  constant?: Constant;
  handle?: Handle;
}

/** Where the axes of N×H×W×C stand in N×C×H×W. */
const TURNED = [0, 2, 3, 1];

/** TensorFlow values as values of an ONNX graph. Integers are int64 throughout, as ONNX wants its shapes and axes. */
export class Values {
  readonly builder: GraphBuilder;

  constructor(builder: GraphBuilder) {
    this.builder = builder;
  }

  constant(constant: Constant): Value {
    return { layout: 'plain', constant };
  }

  /** A value as TensorFlow lays it out. */
  plain(value: Value, name = 'constant'): Handle {
    if (value.handle !== undefined) {
      return value.layout === 'plain'
        ? value.handle
        : this.builder.op('Transpose', [value.handle], { perm: [0, 2, 3, 1] });
    }
    if (value.constant === undefined)
      throw new Fault('A value of the graph has neither a place nor elements.');
    const { shape, type, data } = value.constant;
    const elements: Elements =
      type === 'float32' ? data : type === 'bool' ? Uint8Array.from(data) : integers([...data]);
    value.handle = this.builder.constant(name, elements, shape, type === 'bool' ? 'bool' : undefined);
    return value.handle;
  }

  /** A picture as N×C×H×W. */
  nchw(value: Value): Handle {
    if (value.layout === 'nchw' && value.handle !== undefined) return value.handle;
    return this.builder.op('Transpose', [this.plain(value)], { perm: [0, 3, 1, 2] });
  }

  /** Rank, where it is known. */
  rank(value: Value): number | undefined {
    return value.constant?.shape.length ?? value.handle?.shape?.length;
  }

  /** The whole numbers of a constant. @param what for the message */
  integers(value: Value, what: string): number[] {
    if (value.constant === undefined) {
      throw new Fault(`${what} is computed while the network runs; only a constant can be converted.`);
    }
    return [...value.constant.data];
  }

  /** A float constant. @param what for the message */
  floats(value: Value, what: string): Constant {
    if (value.constant === undefined) {
      throw new Fault(`${what} is computed while the network runs; only a constant can be converted.`);
    }
    return value.constant;
  }

  /** An axis of TensorFlow's layout where the value stands. */
  axis(value: Value, axis: number): number {
    const rank = this.rank(value);
    const positive = axis < 0 && rank !== undefined ? axis + rank : axis;
    return value.layout === 'nchw' ? TURNED[positive] : positive;
  }

  /**
   * Two operands of an element-wise operator in one layout: turned where one of them is a turned picture and the other can
   * follow (a scalar, a row of one number per channel, a picture).
   */
  together(a: Value, b: Value): { handles: [Handle, Handle]; layout: Value['layout'] } {
    if (a.layout === 'plain' && b.layout === 'plain') {
      return { handles: [this.plain(a), this.plain(b)], layout: 'plain' };
    }
    const [left, right] = [this.#beside(a), this.#beside(b)];
    if (left !== undefined && right !== undefined) return { handles: [left, right], layout: 'nchw' };
    return { handles: [this.plain(a), this.plain(b)], layout: 'plain' };
  }

  /** A value so that it can be broadcast beside N×C×H×W; undefined where it cannot. */
  #beside(value: Value): Handle | undefined {
    if (value.layout === 'nchw') return value.handle;
    const rank = this.rank(value);
    if (rank === 0) return this.plain(value);
    if (rank === 4) return this.nchw(value);
    if (rank === 1) {
      return this.builder.op('Reshape', [this.plain(value), this.builder.ints([-1, 1, 1])]);
    }
    return undefined;
  }
}
