import { createRequire } from 'node:module';
import { Fault, sentenceOf } from '../../foundation/fault.ts';
import type { DeviceId } from '../types.ts';
import type { Api } from './api.ts';

/** One way to have TensorFlow.js: the package to ask for, and what it computes with. */
export interface Edition {
  package: string;
  /** Further packages that it needs to be loaded with. */
  beside?: readonly string[];
  backend: string;
  device: DeviceId;
  /** As shown to people. */
  name: string;
  /** Runs TensorFlow's own library, which can take the process with it and so is tried in another one first. */
  native: boolean;
}

/** The release that the adapter is written for; the optional peers are pinned to it. */
const RELEASE = '4.22.0';

/** In the order in which they are looked for. */
export const EDITIONS: readonly Edition[] = [
  {
    package: '@tensorflow/tfjs-node-gpu',
    backend: 'tensorflow',
    device: 'cuda',
    name: 'CUDA by TensorFlow.js',
    native: true,
  },
  {
    package: '@tensorflow/tfjs-node',
    backend: 'tensorflow',
    device: 'cpu',
    name: 'CPU by TensorFlow.js',
    native: true,
  },
  {
    package: '@tensorflow/tfjs-core',
    beside: ['@tensorflow/tfjs-backend-cpu'],
    backend: 'cpu',
    device: 'cpu',
    name: 'CPU by TensorFlow.js in JavaScript',
    native: false,
  },
];

const require = createRequire(import.meta.url);

/** Whether a package can be found, without loading it. */
function found(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** What is installed, for telling one trial from another. */
export function versionOf({ package: name }: Edition): string {
  try {
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch {
    return 'unknown';
  }
}

export const isInstalled = ({ package: name, beside = [] }: Edition): boolean =>
  [name, ...beside].every(found);

/** What to do about a package that is not there. */
export const absence = ({ package: name }: Edition): string =>
  `'${name}' is not installed; it is optional (npm install --no-save ${name}@${RELEASE}).`;

/**
 * Puts back what TensorFlow's packages call and Node 23 took away: `util.isNullOrUndefined`, in the words of its old
 * documentation 'true if the given object is null or undefined'.
 */
export function supplyRemoved(): void {
  const util = require('node:util') as { isNullOrUndefined?: (value: unknown) => boolean };
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

/** Said before TensorFlow is loaded, which reads it then: what it logs would be taken for an engine's last words. */
function quieten(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // Otherwise the first session takes all of the GPU's memory.
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
}

let loaded: { edition: Edition; api: Promise<Api> } | undefined;

/**
 * TensorFlow.js in one of its editions, ready to compute. All of them share one global state, so that a process has one.
 * @throws Fault when it is absent, cannot be loaded, or another edition was loaded before
 */
export async function loadLibrary(edition: Edition): Promise<Api> {
  if (loaded === undefined) {
    const api = load(edition);
    loaded = { edition, api };
    api.catch(() => {
      loaded = undefined;
    });
  }
  if (loaded.edition.package !== edition.package) {
    throw new Fault(
      `${edition.name} cannot run here: this process runs '${loaded.edition.package}' already, and it can hold only one.`,
    );
  }
  return loaded.api;
}

async function load(edition: Edition): Promise<Api> {
  if (!isInstalled(edition)) throw new Fault(absence(edition));
  supplyRemoved();
  quieten();
  let api: Api;
  try {
    api = require(edition.package) as Api;
    for (const name of edition.beside ?? []) require(name);
    api.enableProdMode();
    if (!(await api.setBackend(edition.backend))) {
      throw new Error(`its backend '${edition.backend}' does not start`);
    }
    await api.ready();
  } catch (thrown) {
    const [first] = sentenceOf(thrown).trim().split('\n');
    throw new Fault(
      `'${edition.package}' is installed but cannot be loaded: ${first.trim().replace(/[.\s]+$/, '')}.`,
    );
  }
  const backend = api.backend() as { isUsingGpuDevice?: boolean };
  if (edition.device === 'cuda' && backend.isUsingGpuDevice !== true) {
    throw new Fault(
      `'${edition.package}' is loaded but sees no GPU: it needs an NVIDIA card with CUDA 11.2 and cuDNN 8.1.`,
    );
  }
  return api;
}
