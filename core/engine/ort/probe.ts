import type { ProbeResult } from '../probe-child.ts';
import { checkNumbers, milliseconds, TRIAL_SIDE, verdictOf } from '../trial.ts';
import { causeOf } from './faults.ts';
import { square } from './square.ts';

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

async function probe(id: string): Promise<ProbeResult> {
  try {
    await checkNumbers(await square(id, 4, 'alone'));
    const device = await milliseconds(await square(id, TRIAL_SIDE));
    return verdictOf(device, await milliseconds(await square('cpu', TRIAL_SIDE)));
  } catch (thrown) {
    return { usable: false, reason: inWords(id, causeOf(thrown)), slower: false };
  }
}

const result = await probe(process.argv[2]);
process.stdout.write(`${JSON.stringify(result)}\n`, () => {
  // A driver's own threads may not end by themselves.
  process.exit(0);
});
