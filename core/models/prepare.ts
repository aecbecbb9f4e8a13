import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault } from '../foundation/fault.ts';
import { makeFolders, writeWhole } from '../foundation/whole.ts';
import { freeBatch } from '../graph/batch.ts';
import { checkModel } from '../graph/check.ts';
import type { ElementType } from '../graph/elements.ts';
import { inferShapes } from '../graph/infer.ts';
import type { Model } from '../graph/model.ts';
import { exposeTaps } from '../graph/taps.ts';
import { textHash } from './hash.ts';
import { type Manifest, parseManifest, type Tap } from './manifest.ts';
import { readNetwork, runnableNetwork } from './network-file.ts';
import type { PreparedModel, PreparedOutput, PrepareOptions } from './prepared.ts';
import { requestOf, tapFor } from './taps.ts';

/** Raised when prepared graphs come out otherwise than before, so that old ones are made again. */
const EDITION = 2;

/** A run over a rewritten batch may differ this much from single runs, relative to the largest output. */
export const BATCH_TOLERANCE = 1e-3;

/** A model as it lies in a project. */
export interface StoredModel {
  /** Absolute folder that holds the files of the manifest. */
  folder: string;
  manifest: unknown;
  hash: string;
}

const OutputsSchema = z.array(
  z.object({
    name: z.string(),
    tap: z.string(),
    dimensions: z.number(),
    kind: z.string(),
    layout: z.array(z.object({ name: z.string(), experts: z.number(), groups: z.number() })).optional(),
  }),
);

/** What is kept beside a prepared graph. */
const NoteSchema = z.object({
  inputName: z.string(),
  batch: z.union([z.number(), z.literal('free')]),
  batchReason: z.string(),
  outputs: OutputsSchema,
});
type Note = z.infer<typeof NoteSchema>;

/**
 * Makes a model ready for the engine: wanted taps exposed, the batch freed, what is not needed removed. The edited
 * graphs are written to the model's `cache/` under a key of content and options, and found there the next time.
 * @throws Fault for an unknown tap, a graph that cannot be used, or files that are missing.
 */
export function prepareStored(model: StoredModel, options: PrepareOptions = {}): PreparedModel {
  const manifest = parseManifest(model.manifest, join(model.folder, 'manifest.json'));
  const wanted = options.taps ?? [];
  const free = options.freeBatch ?? true;
  const key = textHash(
    JSON.stringify([
      EDITION,
      model.hash,
      wanted,
      free,
      manifest.taps,
      manifest.input,
      manifest.batchCheck ?? null,
    ]),
  ).slice(0, 16);
  const cache = join(model.folder, 'cache');
  const noted = join(cache, `${key}.json`);
  const paths = manifest.files.map((_, i) =>
    join(cache, `${key}${manifest.files.length > 1 ? `.${i}` : ''}.onnx`),
  );
  let note: Note | undefined;
  if (existsSync(noted) && paths.every((path) => existsSync(path))) {
    note = NoteSchema.parse(JSON.parse(readFileSync(noted, 'utf8')));
  } else {
    makeFolders(cache);
    for (const [i, file] of manifest.files.entries()) {
      const made = prepareFile(join(model.folder, file.path), manifest, wanted, free);
      made.model.write(paths[i]);
      note ??= made.note;
      if (made.note.batch !== 'free')
        note = { ...note, batch: made.note.batch, batchReason: made.note.batchReason };
    }
    writeWhole(noted, JSON.stringify(note));
  }
  if (note === undefined) throw new Fault(`The manifest of '${manifest.name}' lists no file.`);
  return { paths, ...note, preparation: manifest.preparation, hash: model.hash, manifest };
}

/** One file's network as it is run; what it takes and gives is float32. */
export function prepareFile(
  path: string,
  manifest: Manifest,
  wanted: readonly string[],
  free: boolean,
): { model: Model; note: Note; replaced: ElementType[]; denormals: number } {
  const file = readNetwork(path);
  checkModel(file);
  const inputs = file.graph.fedInputs();
  const input = inputs.find(({ name }) => name === manifest.input);
  if (input === undefined) {
    throw new Fault(
      `The manifest of '${manifest.name}' gives the picture to the input '${manifest.input}', which '${path}' does not have; it has: ${inputs.map(({ name }) => `'${name}'`).join(', ')}.`,
    );
  }
  if (inputs.length > 1) {
    const others = inputs.filter((each) => each !== input).map(({ name }) => `'${name}'`);
    throw new Fault(
      `'${path}' needs more inputs than the picture: ${others.join(', ')}. Such models cannot be run on faces.`,
    );
  }

  const { model: original, replaced, denormals } = runnableNetwork(file, manifest.input);
  const known = inferShapes(original);
  const taps = wanted.map((name) => tapFor(name, manifest, (value) => known.get(value)?.shape?.length));
  const own = original.graph.outputs.map(({ name }): PreparedOutput => {
    const shape = known.get(name)?.shape ?? [];
    const rest = shape.slice(1);
    const size = rest.every((dim) => typeof dim === 'number') ? rest.reduce((a, b) => a * b, 1) : 0;
    return { name, tap: name, dimensions: size, kind: 'output' };
  });
  // The batch goes first, so that taps are checked against a graph that counts it; where it cannot be freed, it is
  // tried again on what the taps leave over: an obstacle in a part that was removed is none.
  const whole = batchOf(original, manifest, free);
  const edited = whole.model.copy();
  const outputs = taps.length > 0 ? tapOutputs(edited, taps) : own;
  const { model, batch, reason } =
    whole.batch === 'free' ? { ...whole, model: edited } : batchOf(edited, manifest, free);
  return {
    model,
    note: { inputName: manifest.input, batch, batchReason: reason, outputs },
    replaced,
    denormals,
  };
}

function tapOutputs(model: Model, taps: readonly Tap[]): PreparedOutput[] {
  const made = exposeTaps(model, taps.map(requestOf));
  return made.map(({ output, tap, dimensions }, i) => ({
    name: output,
    tap,
    dimensions: typeof dimensions === 'number' ? dimensions : 0,
    kind: taps[i].kind,
    ...(taps[i].layout ? { layout: taps[i].layout } : {}),
  }));
}

/** The model with a free batch where it can be had and is wanted. */
function batchOf(
  model: Model,
  manifest: Manifest,
  free: boolean,
): { model: Model; batch: number | 'free'; reason: string } {
  const first = model.graph.fedInputs()[0].shape?.[0];
  if (!free && typeof first === 'number') {
    return { model, batch: first, reason: `The batch stays at the file's ${first}, as asked for.` };
  }
  const check = manifest.batchCheck;
  if (
    typeof first === 'number' &&
    check &&
    !(check.deviation !== null && check.deviation <= BATCH_TOLERANCE)
  ) {
    const found =
      check.deviation === null
        ? 'outputs of another size'
        : `a deviation of ${check.deviation.toPrecision(2)}`;
    return {
      model,
      batch: first,
      reason: `The batch stays fixed at ${first}: a run over ${check.items} faces gave ${found} from single runs.`,
    };
  }
  const outcome = freeBatch(model);
  const checked =
    typeof first === 'number' && outcome.model && check
      ? ` A run over ${check.items} faces agreed with single runs to ${(check.deviation ?? 0).toPrecision(2)}.`
      : '';
  return { model: outcome.model ?? model, batch: outcome.batch, reason: `${outcome.reason}${checked}` };
}
