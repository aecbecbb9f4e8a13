import { runResuming } from '../engine/resume.ts';
import type { DeviceChoice, EngineClient } from '../engine/types.ts';
import { decoderOf } from '../models/detection/decoders.ts';
import type { DetectionInput, DetectionOutput } from '../models/detection/detect-task.ts';
import type { LocatedFace, PictureFinding } from '../models/detection/finding.ts';
import { DETECTION_DEFAULTS } from '../models/detection/settings.ts';
import type { Detection, ProjectStore } from '../project/store.ts';
import type { NewFace, Selection } from '../project/types.ts';
import { modelForTask, readyModel } from './detection/models.ts';
import { type Missed, picturesToSearch, type WantedPicture } from './detection/pictures.ts';
import { type JobOptions, recorded } from './recorded.ts';

const TASK = new URL('../models/detection/detect-task.ts', import.meta.url);

export interface DetectInput {
  /** Name of the detector; the project's only one by default. */
  model?: string;
  /** Name of the landmark network; the project's only one by default, 'none' for none. */
  landmarks?: string;
  selection?: Selection;
  /** Also faces whose five points are known already. */
  again?: boolean;
  /** Add a picture's other faces as faces of their own, with the keys 'face2', 'face3', … */
  all?: boolean;
  /** Border around the picture as a share of its sides; 'auto' looks a second time with one where nothing was found. */
  pad?: number | 'auto';
  /** What a face that was not found gets: nothing (it is listed), or the picture's central square with score 0. */
  fallback?: 'none' | 'centre';
  /** Defaults by decoder: `DETECTION_DEFAULTS`. */
  minScore?: number;
  maxOverlap?: number;
  device?: DeviceChoice;
}

/** What `visage detect --json` prints. */
export interface DetectResult {
  model: string;
  landmarks: string | null;
  /** Faces that were looked for. */
  faces: number;
  /** Pictures that were looked at. */
  pictures: number;
  found: number;
  /** Pictures in which only the second look, with a border, found something. */
  padded: number;
  /** Faces that were added by `all`. */
  added: number;
  /** Faces that were known already and left as they are. */
  skipped: number;
  /** Faces that were not found and got the picture's centre. */
  centred: number;
  /** Faces that were not found, those that got the centre included. */
  missed: Missed[];
  facesPerSecond: number;
  seconds: number;
  device: string | null;
  /** Why it ran there. */
  reason: string | null;
}

const detectionOf = ({ box, points, landmarks, score }: LocatedFace, face: number): Detection => ({
  face,
  box,
  points: points ?? undefined,
  landmarks: landmarks ?? undefined,
  score,
});

/** A picture's faces that belong to no record, as faces of their own. */
function othersOf(picture: WantedPicture, finding: PictureFinding): NewFace[] {
  let number = 1;
  return finding.faces
    .filter(({ face }) => face === null)
    .map(({ box, points, landmarks, score }) => {
      let key: string;
      do key = `face${++number}`;
      while (picture.keys.has(key));
      picture.keys.add(key);
      return {
        ...{ path: picture.relative, key, box, score },
        points: points ?? undefined,
        landmarks: landmarks ?? undefined,
      };
    });
}

/**
 * Finds the faces of pictures and stores box, five points, 68 landmarks and score. A record with a known box gets the
 * face that overlaps it most, another one the picture's most central large face. Finished pictures are stored while
 * it runs: cancelled or interrupted, it goes on with the rest when it is started again.
 */
export async function detect(
  project: ProjectStore,
  engine: EngineClient,
  input: DetectInput = {},
  options: JobOptions = {},
): Promise<DetectResult> {
  const { again = false, all = false, pad = 'auto', fallback = 'none', device = 'auto' } = input;
  const detector = readyModel(modelForTask(project, 'detector', input.model));
  const landmarkRecord =
    input.landmarks === 'none' ? null : modelForTask(project, 'landmarks', input.landmarks, true);
  const landmarks = landmarkRecord && readyModel(landmarkRecord);
  const decoder = detector.manifest.decoder ?? '';
  decoderOf(decoder);
  const defaults = DETECTION_DEFAULTS[decoder];
  if (landmarks === null && decoder === 'rfb') {
    options.onProgress?.({
      ...{ stage: 'Finding faces', done: 0, unit: 'pictures' },
      note: `'${detector.manifest.name}' gives boxes only and no landmark network is used, so no face can be aligned by it.`,
    });
  }
  const { pictures, missed, skipped } = picturesToSearch(project, {
    ...{ selection: input.selection ?? {}, again, all },
  });
  const result: DetectResult = {
    ...{ model: detector.manifest.name, landmarks: landmarks?.manifest.name ?? null },
    faces: [...pictures.values()].reduce((sum, { wanted }) => sum + wanted.size, missed.length),
    ...{ pictures: 0, found: 0, padded: 0, added: 0, skipped, centred: 0, missed },
    ...{ facesPerSecond: 0, seconds: 0, device: null, reason: null },
  };
  if (pictures.size === 0) return result;

  const total = pictures.size;
  const begun = performance.now();
  const left = new Map(pictures);
  const keep = (findings: readonly PictureFinding[]): void => {
    const detections: Detection[] = [];
    const others = new Map<number, NewFace[]>();
    for (const finding of findings) {
      const picture = pictures.get(finding.image);
      if (picture === undefined) continue;
      result.pictures++;
      if (finding.padded) result.padded++;
      for (const located of finding.faces) {
        if (located.face === null || !picture.wanted.has(located.face)) continue;
        detections.push(detectionOf(located, located.face));
        if (finding.missed.includes(located.face)) result.centred++;
        else result.found++;
      }
      for (const face of finding.missed) {
        if (!picture.wanted.has(face)) continue;
        const reason = finding.problem ?? 'no face was found in its picture that could be this one.';
        missed.push({ face, source: picture.source, path: picture.relative, reason });
      }
      if (all)
        others.set(picture.sourceId, [
          ...(others.get(picture.sourceId) ?? []),
          ...othersOf(picture, finding),
        ]);
    }
    project.recordDetections(detections);
    for (const [source, faces] of others) {
      if (faces.length > 0) result.added += project.putFaces(source, faces, 'Faces found by detect').added;
    }
    for (const { image } of findings) left.delete(image);
  };
  return recorded(project, 'detect', input, options, async () => {
    const output = await runResuming<DetectionInput, DetectionOutput, PictureFinding[]>(
      engine,
      TASK,
      () =>
        left.size === 0
          ? undefined
          : {
              ...{ detector, landmarks, pad, fallback, device },
              pictures: [...left.values()].map(({ image, path, faces }) => ({ image, path, faces })),
              minScore: input.minScore ?? defaults.minScore,
              maxOverlap: input.maxOverlap ?? defaults.maxOverlap,
            },
      {
        stage: 'Finding faces',
        signal: options.signal,
        onProgress: (progress) => options.onProgress?.({ ...progress, done: total - left.size, total }),
        onPart: keep,
      },
    );
    result.seconds = (performance.now() - begun) / 1000;
    result.facesPerSecond = (result.found + result.added) / (output?.seconds ?? result.seconds);
    result.device = output?.placement.name ?? null;
    result.reason = output?.placement.reason ?? null;
    return result;
  });
}
