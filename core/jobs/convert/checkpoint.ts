import { existsSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { Fault } from '../../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import { writeWhole } from '../../foundation/whole.ts';
import { costOf } from '../../models/cost.ts';
import { nameFromFile } from '../../models/derive.ts';
import { bytesHash, fileHash } from '../../models/hash.ts';
import { type Manifest, writeManifest } from '../../models/manifest.ts';
import { readCheckpoint } from '../../models/weights/checkpoint.ts';
import { type RecognisedNetwork, recogniseNetwork } from '../../models/weights/recognise.ts';
import { weightsOf } from '../../models/weights/state-dict.ts';

export interface CheckpointChoice {
  from: string;
  to: string;
  /** Where in the checkpoint the weights are; by default the largest network that is no copy of another. */
  key?: string;
  /** ε of BatchNormalization where it is not 1e-5. */
  epsilon?: number;
  /** Name in the manifest. */
  name?: string;
}

export interface ConvertedCheckpoint {
  kind: 'checkpoint to ONNX';
  from: string;
  to: string;
  /** What was written beside the network, for `visage models add --manifest`. */
  manifest: string;
  /** 'zip', 'stream' or 'safetensors' */
  format: string;
  /** Where the weights stood; '' for the whole checkpoint. */
  key: string;
  architecture: string;
  weights: number;
  parameters: number;
  multiplyAdds: number;
  /** Width and height in pixels. */
  input: readonly [number, number];
  embedding: number;
  /** What the weights do not say. */
  guesses: string[];
  /** Weights that are not the network's, and were left out. */
  ignored: string[];
  /** What else to know: other networks in the checkpoint. */
  remarks: string[];
}

const STEPS = 3;

/** Turns a checkpoint of a known network into an ONNX file with its manifest; both appear whole or not at all. */
export function convertCheckpoint(choice: CheckpointChoice, options: WorkOptions): ConvertedCheckpoint {
  const { from, to } = choice;
  const step = (done: number, stage: string): void => {
    throwIfCancelled(options.signal);
    options.onProgress?.({ stage, done, total: STEPS, unit: 'steps' });
  };
  step(0, 'Reading the checkpoint');
  const checkpoint = readCheckpoint(from);
  step(1, 'Building the network');
  const network = recogniseNetwork(weightsOf(checkpoint), from, { epsilon: choice.epsilon, key: choice.key });
  step(2, 'Writing the network');
  const bytes = network.model.encode();
  const manifestPath = to.replace(/\.onnx$/i, '.json');
  const manifest = manifestOf(choice, network, bytes);
  for (const path of [to, manifestPath]) {
    if (existsSync(path)) throw new Fault(`'${path}' is there already; name another file or remove it.`);
  }
  writeWhole(to, bytes);
  try {
    writeManifest(manifestPath, manifest);
  } catch (thrown) {
    rmSync(to, { force: true });
    throw thrown;
  }
  const { parameters, multiplyAdds } = costOf(network.model);
  step(STEPS, 'Writing the network');
  return {
    kind: 'checkpoint to ONNX',
    ...{ from, to, manifest: manifestPath, format: checkpoint.format, key: network.key },
    ...{ architecture: network.architecture, weights: network.weights.size, parameters, multiplyAdds },
    ...{ input: network.preparation.size, embedding: network.embedding, guesses: network.guesses },
    ...{ ignored: network.ignored, remarks: network.remarks },
  };
}

function manifestOf(
  { from, to, name }: CheckpointChoice,
  network: RecognisedNetwork,
  bytes: Uint8Array,
): Manifest {
  return {
    format: 'visage-model-1',
    name: name ?? nameFromFile(to),
    task: 'embedding',
    description: `${network.architecture}, converted from '${basename(from)}'`,
    files: [{ path: basename(to), sha256: bytesHash(bytes), bytes: bytes.byteLength }],
    combine: 'single',
    source: `${basename(from)}, SHA-256 ${fileHash(from)}`,
    licence: 'not known: that of the checkpoint',
    input: 'input',
    preparation: network.preparation,
    outputs: [{ name: 'embedding', meaning: 'embedding, not normalised', shape: ['N', network.embedding] }],
    taps: network.taps,
    batch: 'free',
    readings: [],
    trained: true,
    guesses: network.guesses.map((guess) => `preparation: ${guess}`),
    notes: [],
  };
}
