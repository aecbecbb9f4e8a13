/** A dense array of float64 numbers, whatever the element type of the graph: the reference computes in one precision. */
export interface Dense {
  dims: readonly number[];
  data: Float64Array;
}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

export const dense = (dims: readonly number[], data: ArrayLike<number>): Dense => ({
  dims: [...dims],
  data: Float64Array.from(data),
});

/** A new array of `dims`, each element from its index. */
export function filled(dims: readonly number[], at: (index: readonly number[]) => number): Dense {
  const data = new Float64Array(sizeOf(dims));
  const index = new Array<number>(dims.length).fill(0);
  for (let i = 0; i < data.length; i++) {
    data[i] = at(index);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      if (++index[axis] < dims[axis]) break;
      index[axis] = 0;
    }
  }
  return { dims: [...dims], data };
}

/** The element at an index; 0 outside. */
export function read({ dims, data }: Dense, index: readonly number[]): number {
  let at = 0;
  for (let axis = 0; axis < dims.length; axis++) {
    if (index[axis] < 0 || index[axis] >= dims[axis]) return 0;
    at = at * dims[axis] + index[axis];
  }
  return data[at];
}

/** The element that NumPy's spreading takes for an index of the larger shape. */
export function spreadRead(x: Dense, index: readonly number[]): number {
  const lead = index.length - x.dims.length;
  return read(
    x,
    x.dims.map((dim, axis) => (dim === 1 ? 0 : index[axis + lead])),
  );
}

export function spreadDims(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, at) => {
    const dims = shapes.map((shape) => shape[at - rank + shape.length] ?? 1);
    return dims.includes(0) ? 0 : Math.max(...dims);
  });
}

/** f over arrays that are spread over each other. */
export function combined(inputs: readonly Dense[], f: (...values: number[]) => number): Dense {
  const first = inputs[0].dims.join();
  if (inputs.every(({ dims }) => dims.join() === first)) {
    const data = new Float64Array(inputs[0].data.length);
    for (let i = 0; i < data.length; i++) data[i] = f(...inputs.map((each) => each.data[i]));
    return { dims: inputs[0].dims, data };
  }
  return filled(spreadDims(inputs.map(({ dims }) => dims)), (index) =>
    f(...inputs.map((each) => spreadRead(each, index))),
  );
}

export const place = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Every index of a shape, in order. The array is the same each time. */
export function* indices(dims: readonly number[]): Generator<readonly number[]> {
  const index = new Array<number>(dims.length).fill(0);
  const count = sizeOf(dims);
  for (let i = 0; i < count; i++) {
    yield index;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      if (++index[axis] < dims[axis]) break;
      index[axis] = 0;
    }
  }
}
