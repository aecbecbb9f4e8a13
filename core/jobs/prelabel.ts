import type { FaceImage } from '../engine/preparation.ts';
import { runResuming } from '../engine/resume.ts';
import type { DeviceChoice, EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import type { PrelabelOutput, PrelabelInput as TaskInput } from '../models/prelabel/prelabel-task.ts';
import type { PrelabelPart } from '../models/prelabel/speakers.ts';
import type { PreparedModel } from '../models/prepared.ts';
import type { ModelRecord, ProjectStore } from '../project/store.ts';
import type { Selection } from '../project/types.ts';
import { manifestOf, readyModel } from './detection/models.ts';
import { LabelKeeper } from './prelabel/keeper.ts';
import { haveLandmarks, LANDMARK_POSE, LANDMARK_POSE_NAME, sayPoses } from './prelabel/landmark-pose.ts';
import { type Pending, pendingFaces } from './prelabel/pending.ts';
import type { Speaker } from './prelabel/speaker.ts';
import { type JobOptions, recorded } from './recorded.ts';

const TASK = new URL('../models/prelabel/prelabel-task.ts', import.meta.url);

export interface PrelabelInput {
  /**
   * Only these models, 'landmark-pose' among them (pitch and yaw from 68 landmarks, without a network); by default every model of
   * the project whose manifest says what its outputs mean, and 'landmark-pose' where none of them says yaw.
   */
  models?: readonly string[];
  selection?: Selection;
  /** Also faces that this content of the model has labelled already. */
  again?: boolean;
  /** Labels below this confidence are not written. */
  minConfidence?: number;
  device?: DeviceChoice;
}

/** What one model did. */
export interface ModelSaid {
  hash: string;
  /** Faces that it looked at. */
  faces: number;
  labels: number;
  /** Labels that were too unsure to be written. */
  belowConfidence: number;
  /** Faces of which it said that they are none of the attribute's values. */
  noneOfOurs: number;
  /** Faces that it had labelled before. */
  skipped: number;
  rejected: number;
  /** Feature set that holds the predicted numbers (years, degrees), where it predicts numbers. */
  numbers: string | null;
  device: string | null;
  reason: string | null;
}

/** A face that a model could not look at. */
export interface PrelabelReject {
  face: number;
  path: string;
  model: string;
  reason: string;
}

/** What `visage prelabel --json` prints. */
export interface PrelabelResult {
  /** Faces that at least one model looked at. */
  faces: number;
  /** Labels written per attribute. */
  attributes: Record<string, number>;
  models: Record<string, ModelSaid>;
  rejects: PrelabelReject[];
  /** The undoable steps that the labels are in: one, unless other labels were written while it ran. */
  batches: number[];
  facesPerSecond: number;
  seconds: number;
  device: string | null;
}

interface Speakers {
  networks: PreparedModel[];
  /** Whether the pose of landmarks speaks too. */
  landmarkPose: boolean;
}

const readingsOf = (record: ModelRecord) => (isGraph(record.manifest) ? manifestOf(record).readings : []);

/**
 * Who is to speak. Where nobody is named: every network whose manifest says what its outputs mean, and the pose of
 * landmarks where no network says pitch and yaw.
 * @throws Fault when a named one says nothing of the attributes, or there is none.
 */
function speakersOf(project: ProjectStore, names: readonly string[] | undefined, ids: Int32Array): Speakers {
  const records = names?.filter((name) => name !== LANDMARK_POSE_NAME).map((name) => project.model(name));
  const speaking = (records ?? project.models()).filter((record) => {
    // Trained heads are models without a graph: they are applied by the command 'heads'.
    const speaks = readingsOf(record).length > 0;
    if (!speaks && names !== undefined) {
      throw new Fault(
        `The manifest of '${record.name}' has no readings, so it does not say what its outputs mean for the attributes.`,
      );
    }
    return speaks;
  });
  const posed = speaking.some((record) => readingsOf(record).some(({ attribute }) => attribute === 'yaw'));
  const landmarkPose = names?.includes(LANDMARK_POSE_NAME) ?? (!posed && haveLandmarks(project, ids));
  if (speaking.length === 0 && !landmarkPose) {
    throw new Fault(
      'The project has no model that says something of the attributes, and no face has the 68 landmarks that pose is read from. Add a model, such as: visage models P.visage add age-gender',
    );
  }
  return { networks: speaking.map(readyModel), landmarkPose };
}

const isGraph = (manifest: unknown): boolean =>
  typeof manifest === 'object' && manifest !== null && 'files' in manifest && 'preparation' in manifest;

/**
 * Lets models say age, gender, race and pose: label events of origin *model* with confidence and content hash, all in
 * one undoable step. People's, rules' and data sets' labels stay in front (the store's precedence). Each picture is
 * decoded once for all models. What is done is stored while it runs: started again, faces that this content of a
 * model has labelled are skipped.
 */
export async function prelabel(
  project: ProjectStore,
  engine: EngineClient,
  input: PrelabelInput = {},
  options: JobOptions = {},
): Promise<PrelabelResult> {
  const { again = false, device = 'auto', minConfidence = 0 } = input;
  const ids = project.select(input.selection ?? {});
  const { networks: models, landmarkPose } = speakersOf(project, input.models, ids);
  const speakers: Speaker[] = landmarkPose ? [...models, LANDMARK_POSE] : models;
  const { groups, skipped, rejects } = pendingFaces(project, models, input.selection ?? {}, again);
  const keeper = new LabelKeeper(project, speakers, { again, minConfidence });
  const total = groups.reduce((sum, { faces }) => sum + faces.length, 0);
  const begun = performance.now();
  let done = 0;
  let busy = 0;
  const placements = new Map<string, { name: string; reason: string }>();

  const runGroup = async ({ networks, faces }: Pending): Promise<void> => {
    const left = new Map(faces.map((face) => [face.face, face]));
    const started = done;
    const output = await runResuming<TaskInput, PrelabelOutput, PrelabelPart>(
      engine,
      TASK,
      () =>
        left.size === 0
          ? undefined
          : { networks: networks.map((index) => models[index]), faces: [...left.values()], device },
      {
        stage: 'Pre-labelling',
        signal: options.signal,
        onProgress: (progress) =>
          options.onProgress?.({ ...progress, done: started + faces.length - left.size, total }),
        onPart: (part) => {
          keeper.keep(part.said, networks);
          for (const { face, network, reason } of part.rejects) {
            const model = models[networks[network]].manifest.name;
            rejects.push({ face, path: (left.get(face) as FaceImage).path, model, reason });
          }
          for (const face of part.faces) left.delete(face);
          done = started + faces.length - left.size;
        },
      },
    );
    busy += output?.seconds ?? 0;
    for (const [i, placement] of (output?.placements ?? []).entries()) {
      placements.set(models[networks[i]].manifest.name, placement);
    }
  };
  const work = async (): Promise<PrelabelResult> => {
    for (const group of groups) await runGroup(group);
    if (landmarkPose) {
      const posed = await sayPoses(project, keeper, models.length, { ids, again }, options);
      skipped.push(posed.skipped);
      rejects.push(...posed.rejects);
    }
    const numbers = keeper.close();
    const seconds = (performance.now() - begun) / 1000;
    return {
      faces: keeper.seen.size,
      attributes: keeper.attributes,
      models: Object.fromEntries(
        speakers.map(({ manifest: { name }, hash }, index) => [
          name,
          {
            ...{ hash, ...keeper.counts[index], skipped: skipped[index] },
            rejected: rejects.filter(({ model }) => model === name).length,
            numbers: numbers[index],
            device: placements.get(name)?.name ?? null,
            reason: placements.get(name)?.reason ?? null,
          },
        ]),
      ),
      rejects,
      batches: keeper.batches,
      facesPerSecond: keeper.seen.size / (busy > 0 ? busy : seconds),
      seconds,
      device: [...placements.values()][0]?.name ?? null,
    };
  };
  try {
    return await recorded(project, 'prelabel', input, options, work);
  } finally {
    keeper.close();
  }
}
