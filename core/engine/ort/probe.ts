import { Fault } from '../../foundation/fault.ts';
import { causeOf } from './faults.ts';
import type { ProbeResult } from './probe-child.ts';
import { probeModel } from './probe-model.ts';
import { runtime } from './runtime.ts';

/** Run as a process of its own with a device's id: multiplies two matrices there and prints what came of it as JSON. */

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

async function probe(id: string): Promise<ProbeResult> {
  const ort = runtime();
  try {
    const session = await ort.InferenceSession.create(probeModel(), {
      executionProviders: [id],
      // Without this a provider that takes no node would pass: the CPU would do its work.
      extra: { session: { disable_cpu_ep_fallback: '1' } },
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
    if (!(worst < 0.01)) {
      throw new Fault(`a product of two 4×4 matrices was wrong by ${worst}`);
    }
    return { usable: true, reason: 'Its trial run gave the right numbers.' };
  } catch (thrown) {
    return { usable: false, reason: inWords(id, causeOf(thrown)) };
  }
}

const result = await probe(process.argv[2]);
process.stdout.write(`${JSON.stringify(result)}\n`, () => {
  // A driver's own threads may not end by themselves.
  process.exit(0);
});
