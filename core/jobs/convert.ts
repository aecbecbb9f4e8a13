import { existsSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { Fault, UsageFault } from '../foundation/fault.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import { type ConvertedCheckpoint, convertCheckpoint } from './convert/checkpoint.ts';
import { type ConvertedRecords, folderToRecords, recordsToFolder } from './convert/records.ts';
import {
  type ConvertedVerification,
  pairsToVerification,
  verificationToFolder,
} from './convert/verification.ts';
import { type ConvertedWeights, weightsToSafetensors } from './convert/weights.ts';

export interface ConvertInput {
  from: string;
  /** `.onnx`, `.safetensors`, `.rec` or `.bin` file, or a folder. */
  to: string;
  /** Checkpoints: where the weights are. */
  key?: string;
  /** Checkpoints: ε of BatchNormalization. */
  epsilon?: number;
  /** Checkpoints: name in the manifest. */
  name?: string;
  /** Pairs: folder of the pictures that a list names. */
  images?: string;
  /** Pairs of CFP: two frontal pictures. */
  frontal?: boolean;
}

/** What `visage convert --json` prints. */
export type ConvertResult = ConvertedCheckpoint | ConvertedWeights | ConvertedRecords | ConvertedVerification;

const WAYS =
  'a checkpoint (PyTorch, .safetensors) → .onnx; a checkpoint, an .onnx file or the folder of a run → .safetensors; .rec → folder; folder per identity → .rec; .bin → folder; pairs (a list, a folder with pairs.txt, CFP) → .bin';

/**
 * Converts by what is given and what is wanted. Results appear whole or not at all, and nothing is overwritten.
 * @throws UsageFault for two forms between which there is no way
 */
export async function convert(input: ConvertInput, options: WorkOptions = {}): Promise<ConvertResult> {
  const { from, to } = input;
  const stat = statSync(from, { throwIfNoEntry: false });
  if (stat === undefined) throw new Fault(`There is nothing at '${from}'.`);
  const source = stat.isDirectory() ? 'folder' : extname(from).toLowerCase();
  const target = extname(to).toLowerCase();
  if (['.rec', '.bin'].includes(target) && existsSync(to)) {
    throw new Fault(`'${to}' is there already; name another file or remove it.`);
  }
  if (target === '.onnx' && source !== 'folder' && source !== '.onnx')
    return convertCheckpoint(input, options);
  if (target === '.safetensors') {
    return weightsToSafetensors(from, to, input.key, options);
  }
  if (target === '.rec' && source === 'folder') return folderToRecords(from, to, options);
  if (target === '.bin' && source !== '.bin') {
    return pairsToVerification(from, to, input.images, input.frontal ?? false, options);
  }
  if (target === '' && source === '.rec') return recordsToFolder(from, to, options);
  if (target === '' && source === '.bin') return verificationToFolder(from, to, options);
  if (source === 'folder' && extname(from) !== '' && target === '') {
    throw new Fault(`'${from}' is a folder, and a file is expected. Name the file in it.`);
  }
  throw new UsageFault(`There is no way from '${from}' to '${to}'. Known: ${WAYS}.`);
}
