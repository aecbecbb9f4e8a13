import { Fault } from '../foundation/fault.ts';
import { Algebra } from '../graph/algebra.ts';
import { GraphBuilder, type Handle } from '../graph/builder.ts';
import { shapeText } from '../graph/dimension.ts';
import { differentiate } from '../graph/gradient/differentiate.ts';
import type { Model } from '../graph/model.ts';
import { normaliseAgain } from '../graph/normalise-again.ts';
import { groupSamples } from '../graph/sample-groups.ts';
import { simplify } from '../graph/simplify/simplify.ts';
import { GraphTensor } from '../graph/tensor.ts';
import { type BatchStatistics, trainingMode } from '../graph/training-mode.ts';
import type { Optimiser } from './optimisers/optimiser.ts';

/** What a loss is made from: values of the network by name, and inputs that it declares itself (labels). */
export interface LossInput {
  a: Algebra;
  b: GraphBuilder;
  /** A value of the network, by name. */
  value(name: string): Handle;
}

export interface TrainingSettings {
  /** A network as it is used in inference; it is not changed. */
  network: Model;
  /** Pictures per step: shapes are fixed, which makes the step faster. */
  batch: number;
  /**
   * Builds the loss, a single number. It may add parameters of its own as constants, and carry values of its own from
   * step to step. Further numbers are reported. No gradient leads through `constants` and what is carried.
   */
  loss(input: LossInput): {
    loss: Handle;
    reports?: Readonly<Record<string, Handle>>;
    constants?: readonly Handle[];
    carried?: readonly Carried[];
  };
  optimiser: Optimiser;
  /** Constants of the network that every step is fed instead. */
  fed?: readonly string[];
  /** Which constants are trained. By default those that PyTorch would call parameters: '….weight' and '….bias'. */
  trains?: (name: string) => boolean;
  /** Which of them weight decay goes for. By default all but biases, BatchNormalization's and PRelu's. */
  decays?: (name: string, tensor: GraphTensor) => boolean;
  /** Share of the batch's statistics in the running averages (PyTorch's momentum). */
  statisticsMomentum?: number;
  /**
   * How convolutions with kernels of their own for every sample are computed: as groups of one convolution, the faster way on
   * ONNX Runtime's CPU and the default, or as the network writes them.
   */
  samples?: 'groups' | 'products';
  /** Gives every gradient as an output 'gradient.NAME' too. */
  gradients?: boolean;
}

/** A value that a loss keeps from step to step and no gradient changes. */
export interface Carried {
  /** The input that holds it. */
  value: Handle;
  /** What the next step takes. */
  next: Handle;
  initial: GraphTensor;
}

/** A value that a step takes and gives anew: a parameter, an optimiser's slot, a running average. */
export interface StateValue {
  /** Name of the input. */
  name: string;
  /** Name of the output that is the next step's input. */
  next: string;
  kind: 'parameter' | 'slot' | 'statistic' | 'carried';
  initial: GraphTensor;
}

/** One step of training as a graph. */
export interface TrainingStep {
  model: Model;
  state: readonly StateValue[];
  /** Inputs to be fed at every step beside 'rate' and 'step': pictures, labels. */
  feeds: readonly string[];
  /** Single numbers that every step reports, 'loss' first. */
  reports: readonly string[];
  /** Whether 'step' is fed, the number of the step from 1 (optimisers that count need it). */
  counts: boolean;
}

const isParameter = (name: string): boolean => /\.(weight|bias)$/.test(name);
/** Vectors are scales, shifts and slopes; matrices and kernels are weights. */
const isWeight = (_name: string, { dims }: GraphTensor): boolean => dims.filter((dim) => dim > 1).length > 1;

/**
 * Writes a whole training step as one graph: forward in training mode, loss, gradients, optimiser. Parameters, slots and
 * running averages go in and come out; 'rate' and, where the optimiser counts, 'step' (float32 scalars) are fed.
 * @throws Fault where the network has nothing to train, or naming the operator through which no gradient leads
 */
export function trainingStep(settings: TrainingSettings): TrainingStep {
  const network = settings.network.copy();
  const inputs = Object.fromEntries(
    network.graph.fedInputs().map(({ name, shape }) => [name, [settings.batch, ...(shape ?? []).slice(1)]]),
  );
  network.graph.inputs = network.graph.inputs.map((input) =>
    inputs[input.name] ? input.withShape(inputs[input.name]) : input,
  );
  // Declared shapes speak of a free batch.
  network.graph.values.clear();
  const b = GraphBuilder.onto(network, { inputs });
  const parts = settings.samples === 'products' ? [] : groupSamples(b);
  const a = new Algebra(b);
  const statistics = trainingMode(b);
  const {
    loss,
    reports = {},
    constants = [],
    carried: kept = [],
  } = settings.loss({ a, b, value: (name) => b.value(name) });
  if (loss.shape?.length !== 0) throw new Fault(`The loss is ${shapeText(loss.shape)} and no single number.`);

  for (const name of settings.fed ?? []) b.release(name);

  const trains = settings.trains ?? isParameter;
  const decays = settings.decays ?? isWeight;
  const running = new Set(statistics.flatMap(({ running }) => [running.mean, running.variance]));
  const names = [...b.graph.initialisers.keys()].filter((name) => trains(name) && !running.has(name));
  if (names.length === 0)
    throw new Fault(`The network '${network.origin}' has no parameter that is trained.`);
  const initial = new Map(names.map((name) => [name, b.release(name)]));
  const parameters = names.map((name) => b.value(name));
  const gradients = differentiate(b, loss, parameters, {
    rewrite: true,
    constants: [...constants, ...kept.map(({ next }) => next)],
    parts,
  });
  normaliseAgain(b, [loss, ...Object.values(reports)]);

  const rate = b.input('rate', []);
  const step = b.input('step', []);
  const state: StateValue[] = [];
  const outputs: Handle[] = [];
  const carry = (kind: StateValue['kind'], name: string, next: Handle, first: GraphTensor): void => {
    const output = b.op('Identity', [next], {}, `${name}.next`);
    outputs.push(output);
    state.push({ name, next: output.name, kind, initial: first });
  };
  const { optimiser } = settings;
  for (const [i, parameter] of parameters.entries()) {
    const { name } = parameter;
    const first = initial.get(name) as GraphTensor;
    const slots = optimiser.slots.map((slot) => b.input(`${name}.${slot.name}`, first.dims, first.type));
    const made = b.scope('optimiser', () =>
      optimiser.update({
        ...{ a, parameter, gradient: gradients[i], slots, rate, step },
        decays: decays(name, first),
      }),
    );
    carry('parameter', name, made.parameter, first);
    for (const [at, slot] of optimiser.slots.entries()) {
      // Fresh zeros take no memory until they are written to.
      const values = new Float32Array(first.size);
      if (slot.initial !== 0) values.fill(slot.initial);
      carry('slot', slots[at].name, made.slots[at], GraphTensor.of(values, first.dims, slots[at].name));
    }
  }
  for (const one of statistics) {
    const momentum = settings.statisticsMomentum ?? 0.1;
    for (const [name, next] of runningAverages(a, one, momentum))
      carry('statistic', name, next, b.release(name));
  }
  for (const { value, next, initial } of kept) carry('carried', value.name, next, initial);
  const said = Object.entries({ loss, ...reports }).map(([name, value]) => {
    const output = value.name === name ? value : b.op('Identity', [value], {}, name);
    return [name, output] as const;
  });
  if (settings.gradients) {
    outputs.push(...names.map((name, i) => b.op('Identity', [gradients[i]], {}, `gradient.${name}`)));
  }
  const model = b.model([...said.map(([, output]) => output), ...outputs]);
  simplify(model);
  const counts = model.graph.nodes.some(({ inputs }) => inputs.includes(step.name));
  if (!counts) model.graph.inputs = model.graph.inputs.filter(({ name }) => name !== step.name);
  const carried = new Set(state.map(({ name }) => name));
  return {
    ...{ model, state, counts },
    reports: said.map(([, output]) => output.name),
    feeds: b.graph.inputs
      .map(({ name }) => name)
      .filter((name) => !carried.has(name) && name !== 'rate' && name !== 'step'),
  };
}

/** r ← (1 − m)·r + m·batch, the variance unbiased (divided by M − 1), as PyTorch keeps it. */
function runningAverages(
  a: Algebra,
  { running, batch, count, node }: BatchStatistics,
  momentum: number,
): [string, Handle][] {
  if (count === null || count < 2) {
    throw new Fault(
      `${node.label} has ${count ?? 'an unknown number of'} values per channel: training needs 2 or more.`,
    );
  }
  const mixed = (name: string, value: Handle, share: number): [string, Handle] => [
    name,
    a.add(a.times(a.b.value(name), 1 - momentum), a.times(value, share)),
  ];
  return [
    mixed(running.mean, batch.mean, momentum),
    mixed(running.variance, batch.variance, (momentum * count) / (count - 1)),
  ];
}
