import { sentenceOf } from '../../foundation/fault.ts';
import { Model } from '../../graph/model.ts';
import { probeModel } from '../ort/probe-model.ts';
import { square as ortSquare } from '../ort/square.ts';
import type { ProbeResult } from '../probe-child.ts';
import { checkNumbers, milliseconds, type Square, TRIAL_SIDE, verdictOf } from '../trial.ts';
import { EDITIONS, loadLibrary } from './library.ts';
import { TfjsSession } from './session.ts';

/** Run as a process of its own with a package's name: multiplies matrices there and prints what came of it as JSON. */

async function square(name: string, side: number): Promise<Square> {
  const edition = EDITIONS.find((one) => one.package === name);
  if (edition === undefined) throw new Error(`'${name}' is no edition of TensorFlow.js`);
  const api = await loadLibrary(edition);
  const placement = { device: edition.device, engine: 'tfjs', name: edition.name, reason: '' } as const;
  const session = new TfjsSession(api, Model.decode(probeModel(side)), 'trial', placement);
  return async (x) => (await session.run({ x })).y.data as Float32Array;
}

async function probe(name: string): Promise<ProbeResult> {
  try {
    await checkNumbers(await square(name, 4));
    const device = await milliseconds(await square(name, TRIAL_SIDE));
    return verdictOf(device, await milliseconds(await ortSquare('cpu', TRIAL_SIDE)));
  } catch (thrown) {
    const sentence = sentenceOf(thrown).trim();
    return { usable: false, slower: false, reason: sentence.endsWith('.') ? sentence : `${sentence}.` };
  }
}

const result = await probe(process.argv[2]);
process.stdout.write(`${JSON.stringify(result)}\n`, () => {
  // TensorFlow's own threads may not end by themselves.
  process.exit(0);
});
