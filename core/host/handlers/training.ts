import type { TrainingRun, trainingProcedures } from '../../contract/procedures/training.ts';
import type { Handlers } from '../../contract/server.ts';
import { addModel } from '../../jobs/models.ts';
import { trainingData } from '../../jobs/train/faces.ts';
import { PRESETS, presetRecipe, SCALES, type ScaleName } from '../../jobs/train/presets.ts';
import { recipeOf } from '../../jobs/train/recipe.ts';
import { listRuns, type RunSummary, runCurve, runSamples, trainedFiles } from '../../jobs/train/runs.ts';
import { runName } from '../../jobs/train.ts';
import { parsedTraining } from '../job-works.ts';
import { typedPath } from '../places.ts';
import type { Workplace } from '../workplace.ts';

const SCALE_NAMES = Object.keys(SCALES) as ScaleName[];

export const trainingHandlers = (place: Workplace): Handlers<typeof trainingProcedures> => ({
  'runs.list': () => {
    const { runs, problems } = listRuns(place.project);
    return { runs: runs.map((run) => shown(place, run)), problems };
  },
  'runs.curve': ({ run, most }) => runCurve(place.project, run, most),
  'runs.samples': ({ run }) => runSamples(place.project, run),
  'runs.add': async ({ run }, options) => {
    const { network, manifest } = trainedFiles(place.project, run);
    const added = await addModel(
      place.project,
      place.lookups,
      { files: [network], manifest, name: run },
      options,
    );
    place.push('project.changed', { what: 'models' });
    return { model: added.model };
  },
  'training.presets': () => ({
    scales: SCALE_NAMES.map((name) => ({ name, about: SCALES[name].about })),
    presets: PRESETS.map((preset) => {
      const { name, title, about, start = null } = preset;
      const recipes = SCALE_NAMES.map((scale) => [scale, { ...presetRecipe(preset, scale) }]);
      return { name, title, about, start, recipes: Object.fromEntries(recipes) };
    }),
  }),
  'training.recipe': ({ input }) => {
    const known = parsedTraining(input);
    const recipe = recipeOf(known);
    return { recipe: { ...recipe }, name: runName(known, recipe) };
  },
  'training.data': ({ folder, format, images, ...rest }, options) =>
    trainingData(
      place.project,
      { ...rest, ...(folder !== undefined && { folder: typedPath(folder), choice: { format, images } }) },
      options,
    ),
});

function shown(place: Workplace, { run, ...summary }: RunSummary): TrainingRun {
  const job = place.runs.jobOf(summary.name) ?? null;
  const { problem, recipe, input, data, network, versions, device, reason, started, ended, starts } = run;
  // Whoever else may write the project trains it: then its record is right.
  const cut = run.state === 'running' && job === null && !place.project.readOnly;
  // A run that is gone on with has its old record until its faces are read.
  const state = job !== null ? 'running' : run.state;
  return {
    ...summary,
    state: cut ? 'interrupted' : state,
    ...{ job, problem, recipe, input, data, network, versions: { ...versions } },
    ...{ device, reason, started, ended, starts },
  };
}
