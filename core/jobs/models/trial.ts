import { join } from 'node:path';
import type { EngineClient } from '../../engine/types.ts';
import { Fault } from '../../foundation/fault.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import { notFinite, weightsText } from '../../graph/finite.ts';
import type { ModelPlan } from '../../models/add.ts';
import { choiceGuess } from '../../models/derive.ts';
import { writeManifest } from '../../models/manifest.ts';
import type { TrialInput, TrialOutput } from '../../models/trial-task.ts';

const TRIAL = new URL('../../models/trial-task.ts', import.meta.url);

/**
 * Runs a planned model on one picture, as it will be run on faces, and writes what came out into plan and manifest: the
 * layout and size where the file leaves them open. Weights and outputs that are no numbers are told, or refused where
 * they spoil what comes out.
 * @param folder where the plan lies
 * @throws Fault that names the file, where it cannot be run
 */
export async function tryModel(
  plan: ModelPlan,
  folder: string,
  engine: EngineClient | undefined,
  options: WorkOptions,
): Promise<void> {
  const { manifest, choices, remarks } = plan;
  const bad = plan.files.flatMap(({ model, name }) => {
    const found = notFinite(model.graph).filter(({ nan }) => nan > 0);
    return found.length === 0 ? [] : [`'${name}' has weights that are no numbers: ${weightsText(found)}`];
  });
  if (engine === undefined) {
    if (bad.length > 0) remarks.push(`${bad.join('; ')}.`);
    return;
  }
  options.onProgress?.({ stage: 'Running it on one picture', done: 0, total: 1, unit: 'pictures' });
  const {
    choice,
    outputs,
    remarks: told,
  } = await engine.run<TrialInput, TrialOutput>(TRIAL, { folder, manifest, choices }, options);
  remarks.push(...told);
  const spoilt = outputs.filter(({ nan }) => nan > 0);
  if (spoilt.length > 0) {
    const counts = spoilt.map(({ name, nan, of }) => `${nan} of ${of} numbers of the output '${name}'`);
    const what = `For a picture the network gives NaN: ${counts.join(', ')}.`;
    if (bad.length > 0) throw new Fault(`${bad.join('; ')}. ${what} Export it again from sound weights.`);
    remarks.push(`${what} Look at the preparation in its manifest.`);
  } else if (bad.length > 0)
    remarks.push(`${bad.join('; ')}; its outputs for a picture are numbers all the same.`);
  if (choices.length > 1) {
    const guess = choiceGuess(choices[0]);
    const decided = `preparation.layout ${choice.layout} and size ${choice.size.join('×')}: the file leaves the shape of its input open, and of the usual ones this is the first that ran`;
    manifest.preparation = { ...manifest.preparation, ...choice };
    manifest.guesses = manifest.guesses.map((each) => (each === guess ? decided : each));
    for (const [i, remark] of remarks.entries()) remarks[i] = remark.replace(guess, decided);
    writeManifest(join(folder, 'manifest.json'), manifest);
  }
}
