import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineClient } from '../../engine/types.ts';
import { Fault } from '../../foundation/fault.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import { planModel, stageModel } from '../../models/add.ts';
import { parseManifest } from '../../models/manifest.ts';
import { prepareStored, type StoredModel } from '../../models/prepare.ts';
import type { PreparedModel } from '../../models/prepared.ts';
import type { ProjectStore } from '../../project/store.ts';
import { tryModel } from '../models/trial.ts';
import { checkBatch } from '../models.ts';

/** A network that gives one embedding per face. */
export interface EvaluatedNetwork {
  name: string;
  prepared: PreparedModel;
  /** What the user should know of it. */
  remarks: string[];
  /** Removes what was only made for this. */
  dispose(): void;
}

export interface NetworkChoice {
  /** Name of a model of the project, or path of an ONNX file. */
  model: string;
  /** Manifest for a file. */
  manifest?: string;
  /** Tap to compare; 'embedding' if the manifest has it, else the only output. */
  tap?: string;
}

function embeddingOf(stored: StoredModel, tap: string | undefined): PreparedModel {
  const manifest = parseManifest(stored.manifest, join(stored.folder, 'manifest.json'));
  const own = manifest.taps.some(({ name }) => name === 'embedding') ? ['embedding'] : [];
  const prepared = prepareStored(stored, { taps: tap === undefined ? own : [tap] });
  if (prepared.outputs.length !== 1) {
    throw new Fault(
      `'${manifest.name}' has the outputs ${prepared.outputs.map(({ name }) => `'${name}'`).join(', ')}; say with --tap which one is the embedding.`,
    );
  }
  return prepared;
}

/** Opens a model of the project, or an ONNX file by itself. @throws Fault when it is neither */
export async function openNetwork(
  project: ProjectStore | undefined,
  engine: EngineClient,
  { model, manifest, tap }: NetworkChoice,
  options: WorkOptions,
): Promise<EvaluatedNetwork> {
  if (manifest === undefined && project?.models().some(({ name }) => name === model)) {
    return { name: model, prepared: embeddingOf(project.model(model), tap), remarks: [], dispose() {} };
  }
  if (!existsSync(model)) {
    if (project !== undefined) project.model(model);
    throw new Fault(
      `'${model}' is no file; an ONNX file, or with --project the name of a model, is expected.`,
    );
  }
  const plan = planModel([model], { ...(manifest === undefined ? {} : { manifest, trust: true }) });
  const folder = mkdtempSync(join(tmpdir(), 'visage-model-'));
  try {
    const { folder: place } = stageModel(plan, join(folder, 'model'));
    await tryModel(plan, place, engine, options);
    await checkBatch(plan, place, engine, options);
    const stored = { folder: place, manifest: plan.manifest, hash: plan.hash };
    return {
      name: plan.manifest.name,
      prepared: embeddingOf(stored, tap),
      remarks: plan.remarks,
      dispose: () => rmSync(folder, { recursive: true, force: true }),
    };
  } catch (thrown) {
    rmSync(folder, { recursive: true, force: true });
    throw thrown;
  }
}
