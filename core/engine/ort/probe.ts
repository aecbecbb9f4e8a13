import { Fault } from '../../foundation/fault.ts';
import { causeOf } from './faults.ts';
import type { ProbeResult } from './probe-child.ts';
import { probeModel } from './probe-model.ts';
import { runtime } from './runtime.ts';

/** Run as a process of its own with a device's id: multiplies matrices there and prints what came of it as JSON. */

const LABELS: Readonly<Record<string, string>> = {
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'CoreML',
};

/** What the libraries that a device needs are, in words. */
function inWords(id: string, cause: string): string {
  if (/Failed to get a WebGPU adapter/.test(cause)) {
    return process.platform === 'linux'
      ? 'No graphics adapter was found: there is no GPU, or no Vulkan driver (libvulkan.so.1 and an ICD) for it.'
      : 'No graphics adapter was found.';
  }
  if (id === 'cuda' && /Failed to load (shared )?library/i.test(cause)) {
    return "ONNX Runtime's CUDA libraries are not installed (npm does not bring them), or the CUDA 12 and cuDNN 9 libraries that they need are missing.";
  }
  return `${LABELS[id]} failed its trial run: ${cause}.`;
}

/** Matrices of this side are multiplied to see how fast a device is: 2 billion operations. */
const SIDE = 1024;
const ROUNDS = 3;

/** The device alone: without this a provider that takes no node would pass, because the CPU would do its work. */
const ALONE = { session: { disable_cpu_ep_fallback: '1' } };

async function checkNumbers(id: string): Promise<void> {
  const ort = runtime();
  const session = await ort.InferenceSession.create(probeModel(4), {
    executionProviders: [id],
    extra: ALONE,
  });
  const x = Float32Array.from({ length: 16 }, (_, i) => i % 5);
  const { y } = await session.run({ x: new ort.Tensor('float32', x, [4, 4]) });
  const data = y.data as Float32Array;
  let worst = 0;
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 4; column++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += x[row * 4 + k] * x[k * 4 + column];
      worst = Math.max(worst, Math.abs(sum - data[row * 4 + column]));
    }
  }
  if (!(worst < 0.01)) throw new Fault(`a product of two 4×4 matrices was wrong by ${worst}`);
}

/** Milliseconds of one product, upload and download included; the best of a few. */
async function milliseconds(id: string): Promise<number> {
  const ort = runtime();
  const session = await ort.InferenceSession.create(probeModel(SIDE), { executionProviders: [id] });
  const x = new ort.Tensor('float32', new Float32Array(SIDE * SIDE).fill(0.5), [SIDE, SIDE]);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= ROUNDS; round++) {
    const begun = performance.now();
    await session.run({ x });
    const took = performance.now() - begun;
    // The first run compiles; but what takes a second even so is emulated, and need not be run again.
    if (round > 0 || took > 1000) best = Math.min(best, took);
    if (best > 1000 && best < Number.POSITIVE_INFINITY) break;
  }
  await session.release();
  return best;
}

const spoken = (time: number): string =>
  time < 10 ? time.toFixed(1) : Math.round(time).toLocaleString('en-US');

async function probe(id: string): Promise<ProbeResult> {
  try {
    await checkNumbers(id);
    const device = await milliseconds(id);
    const cpu = await milliseconds('cpu');
    const times = `it multiplies two ${SIDE}×${SIDE} matrices in ${spoken(device)} ms, the CPU in ${spoken(cpu)} ms`;
    return {
      usable: true,
      reason: `Its trial run gave the right numbers; ${times}.`,
      slower: device > cpu,
    };
  } catch (thrown) {
    return { usable: false, reason: inWords(id, causeOf(thrown)), slower: false };
  }
}

const result = await probe(process.argv[2]);
process.stdout.write(`${JSON.stringify(result)}\n`, () => {
  // A driver's own threads may not end by themselves.
  process.exit(0);
});
