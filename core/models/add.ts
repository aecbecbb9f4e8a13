import { copyFileSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { beginFolder } from '../foundation/whole.ts';
import { freeBatch } from '../graph/batch.ts';
import { checkModel } from '../graph/check.ts';
import { WHOLE_NUMBERS } from '../graph/float-ends.ts';
import type { Model } from '../graph/model.ts';
import { isFloating } from '../graph/shapes/types.ts';
import { deriveManifest, nameFromFile, type OpenChoice } from './derive.ts';
import { refuseForeign } from './foreign-files.ts';
import { bytesHash, fileHash, modelHash } from './hash.ts';
import { scaleProblem } from './input-values.ts';
import { builtInNames, madeNetwork } from './made.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { readNetwork } from './network-file.ts';
import { manifestOfHash, manifestOfShards, readyManifests } from './ready-manifests.ts';

/** A network on its way into a project. */
interface Incoming {
  /** Name inside the model's folder. */
  name: string;
  /** Where it is copied from; undefined for one that was made here. */
  path: string | undefined;
  bytes: Uint8Array | undefined;
  /** Of a network that was made here: SHA-256 over the shards of its weights. */
  shards?: string;
  /** Name of the ready manifest that it has whatever its weights are. */
  ready?: string;
  hash: string;
  model: Model;
}

export interface ModelPlan {
  manifest: Manifest;
  hash: string;
  /** True where a checksum of the manifest fits every file. */
  verified: boolean;
  /** True where a ready manifest fits the files. */
  recognised: boolean;
  /** What the user should know: guesses, corrections, missing checksums. */
  remarks: string[];
  /** What became of the batch, as a sentence. */
  batch: { value: number | 'free'; reason: string; rewritten: boolean };
  /** Ways to give it a picture between which its graph does not decide: the first that runs is the one. */
  choices: readonly OpenChoice[];
  files: readonly Incoming[];
}

export interface PlanOptions {
  name?: string;
  /** Path of a manifest that says what the files are. */
  manifest?: string;
  /** Take files whose checksum is not the manifest's. */
  trust?: boolean;
}

function incoming(path: string): Incoming {
  const made = madeNetwork(path);
  if (made !== undefined) {
    const bytes = made.model.encode();
    return { ...made, path: undefined, bytes, hash: bytesHash(bytes) };
  }
  if (!existsSync(path)) {
    throw new Fault(
      `There is no file '${path}', and no network of that name comes with Visage (${builtInNames().join(', ')} do).`,
    );
  }
  if (existsSync(join(path, 'saved_model.pb'))) {
    throw new Fault(
      `'${path}' is a SavedModel of TensorFlow, not an ONNX file. Export it to ONNX first: python -m tf2onnx.convert --saved-model MODEL --output model.onnx.`,
    );
  }
  if (statSync(path).isDirectory()) {
    throw new Fault(
      `'${path}' is a folder. Allowed: an .onnx file, a model.json of TensorFlow.js, or a weights manifest of face-api.js beside its shard (such as age_gender_model-weights_manifest.json).`,
    );
  }
  refuseForeign(path);
  return { name: basename(path), path, bytes: undefined, hash: fileHash(path), model: readNetwork(path) };
}

/**
 * Reads and checks the files of one model and finds or makes its manifest: the given one, a ready one by content, or one
 * derived from the graph.
 * @param paths ONNX files (several are averaged), a model.json of TensorFlow.js, a weights manifest of face-api.js,
 *   or the name of a network that comes with the program
 */
export function planModel(paths: readonly string[], options: PlanOptions = {}): ModelPlan {
  if (paths.length === 0) throw new Fault('Name at least one model file.');
  const files = paths.map(incoming);
  for (const { model } of files) checkModel(model);
  const remarks: string[] = [];
  let manifest: Manifest;
  let recognised = false;
  let choices: readonly OpenChoice[] = [];
  const ready =
    (files[0].shards === undefined ? manifestOfHash(files[0].hash) : manifestOfShards(files[0].shards)) ??
    readyManifests().find(({ name }) => name === files[0].ready);
  if (options.manifest !== undefined) {
    manifest = readManifest(options.manifest);
  } else if (ready !== undefined) {
    manifest = structuredClone(ready);
    recognised = true;
  } else {
    const derived = deriveManifest(files[0].model, paths[0], options.name ?? nameFromFile(paths[0]));
    manifest = derived.manifest;
    choices = derived.choices;
    manifest.files = files.map(({ name }) => ({ path: name, sha256: null }));
    manifest.combine = files.length > 1 ? 'average' : 'single';
    remarks.push(
      `No manifest knows this file; one was made from its graph. Look at these guesses, correct them in the manifest that is written, and add the file again with --manifest: ${manifest.guesses.join('; ')}.`,
    );
  }
  const { matched, verified } = matchFiles(manifest, files, options, remarks);
  manifest.name = options.name ?? manifest.name;
  for (const file of matched) {
    reconcile(manifest, file, remarks);
    checkInput(manifest, file);
  }
  const outcomes = matched.map(({ model }) => freeBatch(model));
  const bound = outcomes.find(({ batch }) => batch !== 'free') ?? outcomes[0];
  const fixed = matched.some(({ model }) => typeof model.graph.fedInputs()[0]?.shape?.[0] === 'number');
  manifest.batch = fixed ? 'fixed' : 'free';
  manifest.hash = modelHash(matched.map(({ hash }) => hash));
  return {
    manifest,
    hash: manifest.hash,
    verified,
    recognised,
    remarks,
    batch: { value: bound.batch, reason: bound.reason, rewritten: fixed && bound.batch === 'free' },
    choices,
    files: matched,
  };
}

/** Brings files and manifest together by content, else by name, else by order; writes the found checksums. */
function matchFiles(
  manifest: Manifest,
  files: readonly Incoming[],
  options: PlanOptions,
  remarks: string[],
): { matched: Incoming[]; verified: boolean } {
  if (files.length > manifest.files.length) {
    throw new Fault(
      `The manifest of '${manifest.name}' lists ${manifest.files.length} file(s): ${manifest.files.map(({ path }) => `'${path}'`).join(', ')}; ${files.length} were given.`,
    );
  }
  let verified = true;
  const left = [...files];
  const entries: Manifest['files'] = [];
  const matched: Incoming[] = [];
  const sameContent = manifest.files.map(({ sha256 }) => files.find(({ hash }) => hash === sha256));
  for (const [i, entry] of manifest.files.entries()) {
    const sure = sameContent[i];
    const free = left.filter((file) => file === sure || !sameContent.includes(file));
    const file = sure ?? free.find(({ name }) => name === entry.path) ?? free[0];
    if (file === undefined || !left.includes(file)) continue;
    left.splice(left.indexOf(file), 1);
    if (sure === undefined && (file.shards === undefined || file.shards !== entry.shards)) {
      verified = false;
      if (entry.sha256 !== null && options.trust !== true) {
        throw new Fault(
          `'${file.path ?? file.name}' has the SHA-256 ${file.hash}, but the manifest of '${manifest.name}' says ${entry.sha256}. Add --trust to take it all the same.`,
        );
      }
      if (file.path !== undefined) {
        remarks.push(
          entry.sha256 === null
            ? `'${file.name}' is unverified: no published checksum is known for it.`
            : `'${file.name}' is not the file that the manifest means; it was taken because you trust it.`,
        );
      }
    }
    entries.push({ ...entry, path: file.name, sha256: file.hash, bytes: undefined });
    matched.push(file);
  }
  if (entries.length < manifest.files.length) {
    remarks.push(
      `Only ${entries.length} of the ${manifest.files.length} networks of '${manifest.name}' was given (${manifest.files.map(({ path }) => path).join(', ')}); it is used alone.`,
    );
    if (entries.length === 1) manifest.combine = 'single';
  }
  manifest.files = entries.map((entry, i) => {
    const { bytes: _old, ...kept } = entry;
    const path = matched[i].path;
    const size = path === undefined ? matched[i].bytes?.byteLength : statSync(path).size;
    return size === undefined ? kept : { ...kept, bytes: size };
  });
  return { matched, verified };
}

/** Names of inputs and outputs differ between exports of one network: the graph's own are taken where it is clear which is meant. */
function reconcile(manifest: Manifest, { model, name }: Incoming, remarks: string[]): void {
  const inputs = model.graph.fedInputs().map((value) => value.name);
  if (!inputs.includes(manifest.input)) {
    if (inputs.length !== 1) {
      throw new Fault(
        `The manifest of '${manifest.name}' names the input '${manifest.input}'; '${name}' has: ${inputs.map((each) => `'${each}'`).join(', ')}.`,
      );
    }
    remarks.push(
      `The input of '${name}' is called '${inputs[0]}', not '${manifest.input}'; the manifest was corrected.`,
    );
    manifest.input = inputs[0];
  }
  const outputs = model.graph.outputs.map((value) => value.name);
  const missing = manifest.outputs.filter((output) => !outputs.includes(output.name));
  if (missing.length === 0) return;
  if (manifest.outputs.length !== outputs.length) {
    throw new Fault(
      `The manifest of '${manifest.name}' names the outputs ${manifest.outputs.map((each) => `'${each.name}'`).join(', ')}; '${name}' has: ${outputs.map((each) => `'${each}'`).join(', ')}.`,
    );
  }
  const renamed = new Map(manifest.outputs.map((output, i) => [output.name, outputs[i]]));
  remarks.push(
    `The outputs of '${name}' are called ${outputs.map((each) => `'${each}'`).join(', ')}; the manifest was corrected in their order.`,
  );
  manifest.outputs = manifest.outputs.map((output) => ({
    ...output,
    name: renamed.get(output.name) ?? output.name,
  }));
  manifest.readings = manifest.readings.map((reading) => ({
    ...reading,
    output: renamed.get(reading.output) ?? reading.output,
  }));
  manifest.taps = manifest.taps.map((tap) => ({
    ...tap,
    values: tap.values.map((value) => renamed.get(value) ?? value),
  }));
}

/** @throws Fault for a network that takes more than a picture, or takes it as what pixels cannot become */
function checkInput(manifest: Manifest, { model, path, name }: Incoming): void {
  const where = `'${path ?? name}'`;
  const inputs = model.graph.fedInputs();
  const input = inputs.find((value) => value.name === manifest.input);
  if (inputs.length > 1) {
    const others = inputs.filter((each) => each !== input).map((each) => `'${each.name}'`);
    throw new Fault(
      `${where} needs more inputs than the picture '${manifest.input}': ${others.join(', ')}. Such networks cannot be run on faces; export one that takes a picture alone.`,
    );
  }
  const type = input?.elementType;
  if (type === undefined || !(isFloating(type) || WHOLE_NUMBERS.has(type))) {
    throw new Fault(
      `${where} takes its picture as ${type ?? 'what is no tensor'}; allowed: float16, bfloat16, float32, float64, ${[...WHOLE_NUMBERS].join(', ')}.`,
    );
  }
  const problem = scaleProblem(type, manifest.preparation, where);
  if (problem !== undefined) throw new Fault(problem);
}

/** A model's folder beside the place where it will stand, until it is known to run. */
export interface StagedModel {
  /** Where files and manifest lie now. */
  folder: string;
  /** Puts it into its place, whole, instead of what was there. */
  commit(): void;
  /** Takes it away again; after `commit` it does nothing. */
  discard(): void;
}

/** Puts the files and the manifest beside `folder`, whole or not at all. */
export function stageModel(plan: ModelPlan, folder: string): StagedModel {
  const begun = beginFolder(folder, { replace: true });
  const { partial } = begun;
  try {
    for (const { name, path, bytes, model } of plan.files) {
      if (path === undefined) writeFileSync(join(partial, name), bytes ?? model.encode());
      else {
        copyFileSync(path, join(partial, name));
        // Weights that lie beside the file come along.
        for (const tensor of model.graph.initialisers.values()) {
          if (!tensor.external) continue;
          const from = tensor.externalRange().path;
          const to = join(partial, from.slice(dirname(path).length));
          mkdirSync(dirname(to), { recursive: true });
          if (!existsSync(to)) copyFileSync(from, to);
        }
      }
    }
    writeFileSync(join(partial, 'manifest.json'), `${JSON.stringify(plan.manifest, null, 2)}\n`);
  } catch (thrown) {
    throw begun.drop(thrown);
  }
  return { folder: partial, commit: () => begun.finish(), discard: () => begun.discard() };
}
