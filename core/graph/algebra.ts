import { Fault } from '../foundation/fault.ts';
import type { GraphBuilder, Handle } from './builder.ts';
import { type Dim, type Shape, shapeText } from './dimension.ts';
import { type Elements, elementCodeOf } from './elements.ts';

/** From this opset on every reduction takes its axes as an input; ReduceSum does so since 13. */
const AXES_AS_INPUT = 18;

type Reduction =
  | 'ReduceSum'
  | 'ReduceMean'
  | 'ReduceMax'
  | 'ReduceL1'
  | 'ReduceL2'
  | 'ReduceSumSquare'
  | 'ReduceProd';

/**
 * Formulas on the values of a graph, written in the form of the graph's opset (13 and later). What would change nothing
 * (a reshape to the same shape, a sum over no axes) adds no node.
 */
export class Algebra {
  readonly b: GraphBuilder;

  constructor(b: GraphBuilder) {
    this.b = b;
  }

  /** The shape of a value. @throws Fault where not even its rank is known. */
  shape(x: Handle): Shape {
    if (x.shape === null) throw new Fault(`The shape of '${x.name}' is not known.`);
    return x.shape;
  }

  rank(x: Handle): number {
    return this.shape(x).length;
  }

  /** A dimension as a number. @throws Fault where it is open. */
  size(x: Handle, axis: number): number {
    const shape = this.shape(x);
    const dim = shape[axis < 0 ? axis + shape.length : axis];
    if (typeof dim !== 'number') {
      throw new Fault(
        `Dimension ${axis} of '${x.name}' (${shapeText(shape)}) must be known; give the shapes of the graph's inputs.`,
      );
    }
    return dim;
  }

  /** All dimensions from `from` on as numbers. @throws Fault where one is open. */
  sizes(x: Handle, from = 0): number[] {
    return this.shape(x)
      .slice(from)
      .map((_, i) => this.size(x, from + i));
  }

  /** Numbers in the element type of `like`. */
  numbers(values: readonly number[], dims: readonly number[], like: Handle, name = 'numbers'): Handle {
    const { type } = like;
    let data: Elements;
    if (type === 'float64') data = Float64Array.from(values);
    else if (type === 'float16') data = new Uint16Array(Float16Array.from(values).buffer);
    else if (type === 'int64') data = BigInt64Array.from(values, BigInt);
    else if (type === 'int32') data = Int32Array.from(values);
    else if (type === 'float32') data = Float32Array.from(values);
    else throw new Fault(`Constants of type ${type} (for '${like.name}') are not supported.`);
    return this.b.constant(name, data, dims, type);
  }

  number(value: number, like: Handle): Handle {
    return this.numbers([value], [], like, 'number');
  }

  add(x: Handle, y: Handle): Handle {
    return this.b.op('Add', [x, y]);
  }
  sub(x: Handle, y: Handle): Handle {
    return this.b.op('Sub', [x, y]);
  }
  mul(x: Handle, y: Handle): Handle {
    return this.b.op('Mul', [x, y]);
  }
  div(x: Handle, y: Handle): Handle {
    return this.b.op('Div', [x, y]);
  }
  neg(x: Handle): Handle {
    return this.b.op('Neg', [x]);
  }
  /** x times a number. */
  times(x: Handle, factor: number): Handle {
    return factor === 1 ? x : this.mul(x, this.number(factor, x));
  }
  /** x plus a number. */
  plus(x: Handle, summand: number): Handle {
    return summand === 0 ? x : this.add(x, this.number(summand, x));
  }
  where(condition: Handle, x: Handle, y: Handle): Handle {
    return this.b.op('Where', [condition, x, y]);
  }
  /** A truth value as 0 or 1 in the type of `like`. */
  mask(condition: Handle, like: Handle): Handle {
    return this.cast(condition, like);
  }
  cast(x: Handle, like: Handle): Handle {
    return x.type === like.type ? x : this.b.op('Cast', [x], { to: elementCodeOf(like.type) });
  }

  /** The sum of any number of values of one shape. */
  sum(values: readonly Handle[]): Handle {
    if (values.length === 1) return values[0];
    return values.length === 2 ? this.add(values[0], values[1]) : this.b.op('Sum', values);
  }

  reduce(kind: Reduction, x: Handle, axes: readonly number[], keep: boolean): Handle {
    if (axes.length === 0) return x;
    const keepdims = keep ? 1 : 0;
    if (kind === 'ReduceSum' || this.b.opset >= AXES_AS_INPUT) {
      return this.b.op(kind, [x, this.b.ints(axes, 'axes')], { keepdims });
    }
    return this.b.op(kind, [x], { axes: [...axes], keepdims });
  }

  /** Axes of length 1 are left out of what is moved: without them runtimes find their faster ways, or nothing to do. */
  transpose(x: Handle, perm: readonly number[]): Handle {
    if (perm.every((axis, i) => axis === i)) return x;
    const { shape } = x;
    const open = shape?.filter((dim) => typeof dim !== 'number').length ?? 2;
    if (shape === null || open > 1 || !shape.includes(1))
      return this.b.op('Transpose', [x], { perm: [...perm] });
    const long = shape.flatMap((dim, axis) => (dim === 1 ? [] : [axis]));
    const order = perm.flatMap((axis) => (shape[axis] === 1 ? [] : [long.indexOf(axis)]));
    const short = this.reshape(
      x,
      long.map((axis) => shape[axis]),
    );
    return this.reshape(
      this.transpose(short, order),
      perm.map((axis) => shape[axis]),
    );
  }

  /** The shape of a value as a vector of the graph: a constant where every dimension is known. */
  shapeVector(x: Handle): Handle {
    const shape = this.shape(x);
    if (shape.every((dim) => typeof dim === 'number')) return this.b.ints(shape as number[], 'shape');
    return this.b.op('Shape', [x]);
  }

  /** @param dims numbers, and at most one dimension that is open (it follows from the rest) */
  reshape(x: Handle, dims: Shape): Handle {
    const shape = x.shape;
    if (shape !== null && same(shape, dims)) return x;
    const open = dims.filter((dim) => typeof dim !== 'number').length;
    if (open > 1)
      throw new Fault(`'${x.name}' cannot be reshaped to ${shapeText(dims)}: two dimensions are open.`);
    return this.b.op('Reshape', [
      x,
      this.b.ints(
        dims.map((dim) => (typeof dim === 'number' ? dim : -1)),
        'shape',
      ),
    ]);
  }

  /** x in the shape of `like`, which has as many elements. */
  reshapeLike(x: Handle, like: Handle): Handle {
    const dims = this.shape(like);
    if (x.shape !== null && same(x.shape, dims)) return x;
    const open = dims.filter((dim) => typeof dim !== 'number').length;
    return open <= 1 ? this.reshape(x, dims) : this.b.op('Reshape', [x, this.shapeVector(like)]);
  }

  /** x spread over the shape of `like`. */
  expandLike(x: Handle, like: Handle): Handle {
    if (x.shape !== null && same(x.shape, this.shape(like))) return x;
    return this.b.op('Expand', [x, this.shapeVector(like)]);
  }

  /** Zeros of the type and shape of `like`. */
  zerosLike(like: Handle): Handle {
    return this.expandLike(this.number(0, like), like);
  }

  /**
   * The adjoint of spreading `like` over the shape of `x`: the sum over the dimensions that were spread.
   * @throws Fault where an open dimension leaves that undecided
   */
  sumLike(x: Handle, like: Handle): Handle {
    const from = this.shape(x);
    const to = this.shape(like);
    if (same(from, to)) return x;
    const lead = from.length - to.length;
    const axes: number[] = [];
    for (const [axis, dim] of from.entries()) {
      const wanted: Dim | undefined = axis < lead ? undefined : to[axis - lead];
      if (wanted === undefined) axes.push(axis);
      else if (wanted === dim && dim !== null) continue;
      else if (wanted === 1) axes.push(axis);
      else if (typeof wanted === 'number' && typeof dim === 'number') {
        throw new Fault(`'${x.name}' (${shapeText(from)}) cannot be summed to ${shapeText(to)}.`);
      } else if (typeof wanted === 'number') continue;
      else {
        throw new Fault(
          `Whether '${like.name}' (${shapeText(to)}) was spread to ${shapeText(from)} cannot be decided; give the shapes of the graph's inputs.`,
        );
      }
    }
    if (axes.length === 0) return x;
    return this.reshapeLike(this.reduce('ReduceSum', x, axes, true), like);
  }

  /** Elements [from, to) along an axis, every `step`-th. Negative ends count from the end. */
  slice(x: Handle, axis: number, from: number, to: number, step = 1): Handle {
    const dim = this.shape(x)[axis];
    if (from === 0 && step === 1 && to === dim) return x;
    const inputs = [x, this.b.ints([from]), this.b.ints([to]), this.b.ints([axis])];
    return this.b.op('Slice', step === 1 ? inputs : [...inputs, this.b.ints([step])]);
  }

  /** x with `before` and `after` zeros along an axis; negative numbers cut. */
  pad(x: Handle, axis: number, before: number, after: number): Handle {
    if (before === 0 && after === 0) return x;
    const rank = this.rank(x);
    const pads = new Array<number>(2 * rank).fill(0);
    pads[axis] = before;
    pads[axis + rank] = after;
    return this.b.op('Pad', [x, this.b.ints(pads, 'pads')]);
  }
}

const same = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dim !== null && dim === b[i]);
