import type { Engine, Session } from '../../engine/types.ts';
import {
  encodeModel,
  type ModelMessage,
  type NodeMessage,
  toInt64,
  type ValueInfoMessage,
} from '../../graph/messages.ts';

const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
/** A score that no real centroid can have, for the empty places of a group. */
const NEVER = -1e30;

const tensor = (name: string, elemType: number, dims: readonly (string | number)[]): ValueInfoMessage => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: {
        dim: dims.map((dim) => (typeof dim === 'string' ? { dimParam: dim } : { dimValue: toInt64(dim) })),
      },
    },
  },
});

const node = (
  opType: string,
  input: string[],
  output: string,
  attributes: Readonly<Record<string, number | number[]>> = {},
): NodeMessage => ({
  ...{ opType, input, output: [output] },
  attribute: Object.entries(attributes).map(([name, value]) =>
    Array.isArray(value)
      ? { name, type: 7, ints: value.map((each) => toInt64(each)) }
      : { name, type: 2, i: toInt64(value) },
  ),
});

/**
 * scores = rows · centroidsᵀ + bias; of each row the greatest of each group, the group that has the greatest of all, and that
 * group's scores. Places of groups lie side by side, so that the greatest are found many at a time. Bounds are
 * √(far − 2·greatest) + travel, far being ‖x‖² less what rounding may hide.
 */
const MODEL: ModelMessage = {
  irVersion: toInt64(8),
  producerName: 'visage',
  opsetImport: [{ domain: '', version: toInt64(17) }],
  graph: {
    name: 'grouped similarity',
    initializer: [
      { name: 'last', dims: [toInt64(1)], dataType: INT64, int64Data: [toInt64(2)] },
      { name: 'twice', dims: [], dataType: FLOAT, floatData: [2] },
    ],
    node: [
      node('Gemm', ['rows', 'centroids', 'bias'], 'scores', { transB: 1 }),
      node('Reshape', ['scores', 'shape'], 'grouped'),
      node('ReduceMax', ['grouped'], 'most', { axes: [1], keepdims: 0 }),
      node('Mul', ['most', 'twice'], 'near'),
      node('Sub', ['far', 'near'], 'squares'),
      node('Relu', ['squares'], 'positive'),
      node('Sqrt', ['positive'], 'distances'),
      node('Add', ['distances', 'travel'], 'lower'),
      node('ArgMax', ['most'], 'greatest', { axis: 1, keepdims: 1 }),
      node('Cast', ['greatest'], 'group', { to: INT32 }),
      // One number per place of the group: n × size × 1.
      node('Unsqueeze', ['greatest', 'last'], 'column'),
      node('Expand', ['column', 'members'], 'index'),
      node('GatherElements', ['grouped', 'index'], 'own', { axis: 2 }),
    ],
    input: [
      tensor('rows', FLOAT, ['n', 'd']),
      tensor('centroids', FLOAT, ['k', 'd']),
      tensor('bias', FLOAT, ['k']),
      tensor('far', FLOAT, ['n', 1]),
      tensor('travel', FLOAT, ['g']),
      tensor('shape', INT64, [3]),
      tensor('members', INT64, [3]),
    ],
    output: [
      tensor('lower', FLOAT, ['n', 'g']),
      tensor('group', INT32, ['n', 1]),
      tensor('own', FLOAT, ['n', 's', 1]),
    ],
  },
};

export interface GroupedScores {
  /** n × groups, bounds of the distances to each group's centroids, plus its travel by now */
  lower: Float32Array;
  /** n, the group of the greatest of all */
  group: Int32Array;
  /** n × size, all of that group */
  own: Float32Array;
}

/** Centroids in groups of one size, in the order in which the graph takes them. */
export class Grouping {
  readonly groups: number;
  readonly size: number;
  /** Centroid at each place, the first of every group, then the second …: −1 where a group is not full. */
  readonly order: Int32Array;

  constructor(groups: number, size: number, order: Int32Array) {
    this.groups = groups;
    this.size = size;
    this.order = order;
  }

  /** Centroids and bias in grouped order. */
  arrange(
    centroids: Float32Array,
    bias: Float32Array,
    columns: number,
  ): { centroids: Float32Array; bias: Float32Array } {
    const places = this.order.length;
    const arranged = {
      centroids: new Float32Array(places * columns),
      bias: new Float32Array(places).fill(NEVER),
    };
    for (let place = 0; place < places; place++) {
      const c = this.order[place];
      if (c < 0) continue;
      arranged.centroids.set(centroids.subarray(c * columns, (c + 1) * columns), place * columns);
      arranged.bias[place] = bias[c];
    }
    return arranged;
  }
}

/** The grouped graph as a session. */
export class GroupedSimilarity {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  static async open(engine: Engine): Promise<GroupedSimilarity> {
    return new GroupedSimilarity(await engine.open(encodeModel(MODEL), { device: 'cpu' }));
  }

  /** @param reach of each row ‖x‖² less what rounding may hide, and of each group its travel */
  async run(
    rows: Float32Array,
    arranged: { centroids: Float32Array; bias: Float32Array },
    grouping: Grouping,
    reach: { far: Float32Array; travel: Float32Array },
  ): Promise<GroupedScores> {
    const n = reach.far.length;
    const columns = rows.length / n;
    const places = grouping.order.length;
    const sides = (...dims: number[]) =>
      ({ type: 'int64', dims: [3], data: BigInt64Array.from(dims, BigInt) }) as const;
    const { lower, group, own } = await this.#session.run({
      rows: { type: 'float32', dims: [n, columns], data: rows },
      centroids: { type: 'float32', dims: [places, columns], data: arranged.centroids },
      bias: { type: 'float32', dims: [places], data: arranged.bias },
      far: { type: 'float32', dims: [n, 1], data: reach.far },
      travel: { type: 'float32', dims: [grouping.groups], data: reach.travel },
      shape: sides(n, grouping.size, grouping.groups),
      members: sides(n, grouping.size, 1),
    });
    return {
      lower: lower.data as Float32Array,
      group: group.data as Int32Array,
      own: own.data as Float32Array,
    };
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}
