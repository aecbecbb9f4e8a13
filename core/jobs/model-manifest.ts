import { join } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { inferShapes } from '../graph/infer.ts';
import { scaleProblem } from '../models/input-values.ts';
import { type Manifest, ManifestSchema, writeManifest } from '../models/manifest.ts';
import { readNetwork } from '../models/network-file.ts';
import type { ModelRecord, ProjectStore } from '../project/store.ts';
import { refuseHeads } from './heads/stored.ts';

/** A manifest that a user edited, as it would stand, and a sentence for everything that is wrong with it. */
export interface CheckedManifest {
  manifest: Manifest | null;
  problems: string[];
}

/** Checks an edited manifest against the schema and the model's own graph. */
export function checkManifest(project: ProjectStore, name: string, edited: unknown): CheckedManifest {
  const record = project.model(name);
  refuseHeads(record);
  const stored = record.manifest as Manifest;
  // Name, files and hash belong to what was added, not to what is said about it.
  const kept = { name: record.name, files: stored.files, hash: record.hash };
  const parsed = ManifestSchema.safeParse({ ...(edited as object), ...kept });
  if (!parsed.success) {
    return {
      manifest: null,
      problems: parsed.error.issues.map(({ path, message }) => `'${path.join('.')}': ${message}.`),
    };
  }
  return { manifest: parsed.data, problems: graphProblems(record, parsed.data) };
}

function graphProblems(record: ModelRecord, manifest: Manifest): string[] {
  const model = readNetwork(join(record.folder, manifest.files[0].path));
  const inputs = model.graph.fedInputs().map(({ name }) => name);
  const outputs = model.graph.outputs.map(({ name }) => name);
  const values = new Set([
    ...inferShapes(model).keys(),
    ...model.graph.nodes.flatMap((node) => node.outputs),
  ]);
  const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');
  const problems: string[] = [];
  if (!inputs.includes(manifest.input))
    problems.push(`The network has no input '${manifest.input}'; it has: ${quoted(inputs)}.`);
  const type = model.graph.inputs.find(({ name }) => name === manifest.input)?.elementType;
  const scale = type && scaleProblem(type, manifest.preparation, `The network '${record.name}'`);
  if (scale) problems.push(scale);
  for (const { name } of manifest.outputs)
    if (!outputs.includes(name))
      problems.push(`The network has no output '${name}'; it has: ${quoted(outputs)}.`);
  for (const { output, attribute } of manifest.readings)
    if (!outputs.includes(output))
      problems.push(
        `The reading of ${attribute} names the output '${output}'; the network has: ${quoted(outputs)}.`,
      );
  const names = new Set<string>();
  for (const tap of manifest.taps) {
    if (names.has(tap.name))
      problems.push(`Two taps are called '${tap.name}'; features would have one name.`);
    names.add(tap.name);
    for (const value of tap.values)
      if (!values.has(value))
        problems.push(`The tap '${tap.name}' names the value '${value}', which the network does not have.`);
  }
  return problems;
}

/** Stores an edited manifest. @throws Fault with every problem that it has */
export function saveManifest(project: ProjectStore, name: string, edited: unknown): Manifest {
  const { manifest, problems } = checkManifest(project, name, edited);
  if (manifest === null || problems.length > 0)
    throw new Fault(`The manifest of '${name}' was not saved. ${problems.join(' ')}`);
  const record = project.model(name);
  writeManifest(join(record.folder, 'manifest.json'), manifest);
  project.addModel({ name: record.name, hash: record.hash, manifest, folder: record.folder });
  return manifest;
}
