import { createOrtAdapter } from '../../../../core/engine/ort/engine.ts';
import type { DeviceId, Engine, Tensor } from '../../../../core/engine/types.ts';
import { sentenceOf } from '../../../../core/foundation/fault.ts';
import { sgd } from '../../../../core/training/optimisers/sgd.ts';
import { TrainingRun } from '../../../../core/training/run.ts';
import { BATCH, classifier, labels, pictures, SIZE } from '../../training/small.ts';

/**
 * Run as a process of its own: three steps of a small network on the CPU and on WebGPU, the third one again from the
 * state after two. Prints the losses and the largest relative difference of weights as JSON, or why WebGPU cannot run.
 */
const STEPS = 3;
const adapter = createOrtAdapter();
/** The adapter on one device, without the trial that would find a software driver too slow to be chosen. */
const on = (device: DeviceId): Engine => {
  const placement = { device, engine: 'ort', name: device, reason: 'The test says so.' } as const;
  return {
    devices: async () => [],
    place: async () => placement,
    open: (model) => adapter.load(model, placement, { threads: 1 }),
    openResident: (model, values) => adapter.loadResident(model, values, placement, { threads: 1 }),
  };
};

const feeds = Array.from(
  { length: STEPS },
  (): Record<string, Tensor> => ({
    input: { type: 'float32', data: pictures(), dims: [BATCH, 3, SIZE, SIZE] },
    labels: { type: 'int64', data: BigInt64Array.from(labels(), BigInt), dims: [BATCH] },
  }),
);

async function trained(run: TrainingRun) {
  const losses: number[] = [];
  let kept = await run.state();
  for (const [i, each] of feeds.entries()) {
    if (i === STEPS - 1) kept = await run.state();
    losses.push((await run.step(each, 0.05)).loss);
  }
  const { values } = await run.state();
  await run.restore(kept);
  const resumed = [(await run.step(feeds[STEPS - 1], 0.05)).loss];
  await run.dispose();
  return { losses, values, resumed };
}

async function told(): Promise<object> {
  const step = classifier('BL', sgd());
  let onGpu: TrainingRun;
  try {
    onGpu = await TrainingRun.open(on('webgpu'), step);
  } catch (thrown) {
    const why = sentenceOf(thrown);
    if (!/Failed to get a WebGPU adapter|webgpu.*not/i.test(why)) throw thrown;
    return { reason: why };
  }
  const gpu = await trained(onGpu);
  const cpu = await trained(await TrainingRun.open(on('cpu'), step));
  let weights = 0;
  for (const [name, values] of Object.entries(cpu.values)) {
    const scale = values.reduce((most, each) => Math.max(most, Math.abs(each)), 0.01);
    for (const [i, value] of values.entries()) {
      weights = Math.max(weights, Math.abs(gpu.values[name][i] - value) / scale);
    }
  }
  return {
    runs: { cpu: cpu.losses, gpu: gpu.losses },
    resumed: { cpu: cpu.resumed, gpu: gpu.resumed },
    weights,
  };
}
process.stdout.write(`${JSON.stringify(await told())}\n`, () => process.exit(0));
