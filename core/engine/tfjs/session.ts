import { Fault, sentenceOf } from '../../foundation/fault.ts';
import { checkModel } from '../../graph/check.ts';
import type { GraphNode } from '../../graph/graph.ts';
import type { Model } from '../../graph/model.ts';
import { topologicalOrder } from '../../graph/order.ts';
import { GraphTensor } from '../../graph/tensor.ts';
import type { Placement, Session, SessionInput, Tensor } from '../types.ts';
import type { Api, TfTensor } from './api.ts';
import { Call, type Operator, type Result } from './operator.ts';
import { OPERATORS } from './operators/index.ts';
import { CARRIED, isCarried } from './types.ts';
import { Value } from './value.ts';

/** One node with the operator that runs it. */
interface Step {
  node: GraphNode;
  operator: Operator;
}

/** The nodes that some outputs need, and which values are done with after each. */
interface Plan {
  steps: { step: Step; frees: string[] }[];
}

/**
 * A graph of ONNX operators that TensorFlow.js runs node by node. A value is freed after the last node that takes it;
 * constants, and what operators make of constants, stay on the device until the session is disposed of.
 */
export class TfjsSession implements Session {
  readonly placement: Placement;
  readonly inputs: readonly SessionInput[];
  readonly outputs: readonly string[];
  readonly #tf: Api;
  readonly #model: Model;
  readonly #name: string;
  readonly #steps: Step[];
  readonly #constants = new Map<string, Value>();
  readonly #kept = new Map<string, TfTensor>();
  readonly #plans = new Map<string, Plan>();
  readonly #onDispose: (session: TfjsSession) => void;
  #disposed = false;

  /**
   * @param name of the network, for messages
   * @throws Fault for a model that does not fit together, or that needs what the adapter does not know
   */
  constructor(
    tf: Api,
    model: Model,
    name: string,
    placement: Placement,
    onDispose: (session: TfjsSession) => void = () => {},
  ) {
    checkModel(model);
    this.#tf = tf;
    this.#model = model;
    this.#name = name;
    this.placement = placement;
    this.#onDispose = onDispose;
    this.#steps = stepsOf(model, name, (constant, tensor) =>
      this.#constants.set(constant, Value.from(tf, constant, tensor)),
    );
    this.inputs = model.graph.fedInputs().map(({ name: input, elementType, shape }) => {
      if (elementType === undefined || !isCarried(elementType)) {
        throw new Fault(
          `The input '${input}' is ${elementType ?? 'no tensor'}; TensorFlow.js has only ${CARRIED.join(', ')}.`,
        );
      }
      return {
        name: input,
        type: elementType,
        dims: (shape ?? []).map((dim) => (typeof dim === 'number' ? dim : -1)),
      };
    });
    this.outputs = model.graph.outputs.map((output) => output.name);
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    wanted: readonly string[] = this.outputs,
  ): Promise<Record<string, Tensor>> {
    return (await this.runKeeping(feeds, wanted)).outputs;
  }

  /**
   * Runs with some inputs that are on the device already, and leaves some outputs there.
   * @param given belong to the caller, as do those that are kept
   * @returns `wanted` read back, and `keep` as values
   */
  async runKeeping(
    feeds: Readonly<Record<string, Tensor>>,
    wanted: readonly string[],
    given: ReadonlyMap<string, Value> = new Map(),
    keep: readonly string[] = [],
  ): Promise<{ outputs: Record<string, Tensor>; kept: Map<string, Value> }> {
    if (this.#disposed) throw new Error(`The session of '${this.#name}' was disposed.`);
    const values = this.#fed(feeds, given);
    try {
      const { steps } = this.#plan([...wanted, ...keep]);
      for (const { step, frees } of steps) {
        this.#step(step, values, given);
        for (const name of frees) {
          values.get(name)?.dispose();
          values.delete(name);
        }
      }
      const outputs: Record<string, Tensor> = {};
      for (const name of wanted) {
        const value = values.get(name) ?? given.get(name) ?? this.#constants.get(name);
        if (value === undefined) throw new Error(`Nothing gave '${name}'.`);
        outputs[name] = await value.read();
      }
      const kept = new Map<string, Value>();
      for (const name of keep) {
        const value = values.get(name);
        if (value === undefined) {
          throw new Fault(`'${name}' is no result of '${this.#name}' but an input or a constant of it.`);
        }
        kept.set(name, value);
      }
      for (const name of keep) values.delete(name);
      return { outputs, kept };
    } finally {
      for (const value of values.values()) value.dispose();
    }
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const value of this.#constants.values()) value.dispose();
    for (const tensor of this.#kept.values()) tensor.dispose();
    this.#onDispose(this);
  }

  #fed(feeds: Readonly<Record<string, Tensor>>, given: ReadonlyMap<string, Value>): Map<string, Value> {
    const fail = (why: string): never => {
      throw new Fault(`The network '${this.#name}' cannot be run on ${this.placement.name}: ${why}.`);
    };
    const values = new Map<string, Value>();
    const names = this.inputs.map(({ name }) => name);
    for (const [name, tensor] of Object.entries(feeds)) {
      const input = this.inputs.find((one) => one.name === name);
      if (input === undefined) {
        throw new Fault(`The network '${this.#name}' has no input '${name}'; it has: ${names.join(', ')}.`);
      }
      const size = tensor.dims.reduce((product, side) => product * side, 1);
      if (size !== tensor.data.length) {
        throw new Fault(
          `The input '${name}' has ${tensor.data.length} values, but its shape [${tensor.dims.join(', ')}] has room for ${size}.`,
        );
      }
      if (tensor.type !== input.type) {
        throw new Fault(`The input '${name}' is '${tensor.type}', but the network takes '${input.type}'.`);
      }
      const { dims } = tensor;
      if (dims.length !== input.dims.length) {
        fail(`the input '${name}' has ${dims.length} dimensions and must have ${input.dims.length}`);
      }
      const wrong = dims.flatMap((dim, i) =>
        input.dims[i] >= 0 && input.dims[i] !== dim
          ? [`dimension ${i} is ${dim} and must be ${input.dims[i]}`]
          : [],
      );
      if (wrong.length > 0) {
        fail(`the input '${name}' has a shape that it does not take (${wrong.join('; ')})`);
      }
      values.set(name, Value.from(this.#tf, name, tensor));
    }
    for (const name of names) {
      if (!values.has(name) && !given.has(name)) fail(`the input '${name}' is missing`);
    }
    return values;
  }

  #step({ node, operator }: Step, values: Map<string, Value>, given: ReadonlyMap<string, Value>): void {
    const tf = this.#tf;
    const inputs = node.inputs.map((name) =>
      name === '' ? undefined : (values.get(name) ?? given.get(name) ?? this.#constants.get(name)),
    );
    const call = new Call(tf, node, this.#model.opset, inputs, (places, key, make) =>
      this.#keep(node, places, key, make),
    );
    try {
      tf.tidy(() => {
        const results = [operator(call)].flat();
        for (const [i, name] of node.outputs.entries()) {
          if (name !== '' && results[i] !== undefined) values.set(name, heldValue(tf, name, results[i]));
        }
      });
    } catch (thrown) {
      if (thrown instanceof Fault) throw thrown;
      throw new Fault(
        `The network '${this.#name}' cannot be run on ${this.placement.name}: the operator '${node.opType}' (node '${node.name || node.outputs[0]}') failed: ${sentenceOf(thrown).replace(/\.+$/, '')}.`,
      );
    }
    const missing = node.outputs.find((name) => name !== '' && !values.has(name));
    if (missing !== undefined) {
      throw new Fault(`${node.label} gives '${missing}' too, which is not supported on TensorFlow.js.`);
    }
  }

  #keep(node: GraphNode, places: readonly number[], key: string, make: () => TfTensor): TfTensor {
    if (!places.every((place) => this.#constants.has(node.inputs[place]))) return make();
    const full = `${key} of ${node.outputs[0]}`;
    let tensor = this.#kept.get(full);
    if (tensor === undefined) {
      const made = make();
      tensor = this.#tf.keep(made.kept ? this.#tf.clone(made) : made);
      this.#kept.set(full, tensor);
    }
    return tensor;
  }

  #plan(wanted: readonly string[]): Plan {
    for (const name of wanted) {
      if (!this.outputs.includes(name)) {
        throw new Fault(
          `The network '${this.#name}' has no output '${name}'; it has: ${this.outputs.slice(0, 50).join(', ')}.`,
        );
      }
    }
    const key = JSON.stringify(wanted);
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = planOf(this.#steps, wanted);
      this.#plans.set(key, plan);
    }
    return plan;
  }
}

function heldValue(tf: Api, name: string, result: Result): Value {
  return 'numbers' in result
    ? Value.numbers(tf, name, result.type, result.dims, result.numbers)
    : Value.made(tf, name, result.type, result.tensor, result.layout);
}

/** Nodes in order, each with its operator; constants are handed over instead. @throws Fault listing what is not known */
function stepsOf(model: Model, name: string, constant: (name: string, tensor: GraphTensor) => void): Step[] {
  const { graph } = model;
  const producers = graph.producers();
  for (const [initialiser, tensor] of graph.initialisers) constant(initialiser, tensor);
  const steps: Step[] = [];
  const unknown: GraphNode[] = [];
  for (const node of topologicalOrder(graph)) {
    if (node.opType === 'Constant' && node.domain === '') {
      const floats = node.attributes.get('value_floats');
      const [output] = node.outputs;
      const tensor =
        floats?.kind === 'floats'
          ? GraphTensor.floats(floats.value, output)
          : graph.constant(output, producers);
      if (tensor === undefined) throw new Fault(`${node.label} holds no tensor of numbers.`);
      constant(output, tensor);
      continue;
    }
    const operator = node.domain === '' ? OPERATORS.get(node.opType) : undefined;
    if (operator === undefined) unknown.push(node);
    else steps.push({ node, operator });
  }
  if (unknown.length > 0) {
    const kinds = [
      ...new Set(unknown.map(({ opType, domain }) => (domain ? `${domain}.${opType}` : opType))),
    ];
    throw new Fault(
      `The network '${name}' cannot be run by TensorFlow.js: the ${kinds.length === 1 ? 'operator' : 'operators'} ${kinds.map((kind) => `'${kind}'`).join(', ')} (first at ${unknown[0].label}) ${kinds.length === 1 ? 'is' : 'are'} not among the ${OPERATORS.size} that the adapter knows.`,
    );
  }
  return steps;
}

function planOf(steps: readonly Step[], wanted: readonly string[]): Plan {
  const needed = new Set(wanted);
  const chosen = steps
    .toReversed()
    .filter(({ node }) => {
      if (!node.outputs.some((name) => needed.has(name))) return false;
      for (const name of node.inputs) needed.add(name);
      return true;
    })
    .reverse();
  const last = new Map<string, number>();
  for (const [at, { node }] of chosen.entries()) {
    for (const name of [...node.inputs, ...node.outputs]) last.set(name, at);
  }
  const frees = chosen.map((): string[] => []);
  for (const [name, at] of last) if (name !== '' && !wanted.includes(name)) frees[at].push(name);
  return { steps: chosen.map((step, at) => ({ step, frees: frees[at] })) };
}
