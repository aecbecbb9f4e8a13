import { basename } from 'node:path';
import type { SourceChoice } from '../../datasets/inspect.ts';
import { Fault } from '../../foundation/fault.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { Selection } from '../../project/types.ts';
import type { Candidates } from '../../training/data/candidates.ts';
import { type CropChoice, trainingPreparation } from '../../training/data/crop.ts';
import { folderFaces } from '../../training/data/folder-faces.ts';
import { projectFaces } from '../../training/data/project-faces.ts';

/** Where a run's faces come from. */
export interface DataInput {
  /** Data set on the disk; without one the faces of the project are trained on. */
  folder?: string;
  /** How the data set is to be read. */
  choice?: SourceChoice;
  /** Faces of the project; all of them if left out. */
  selection?: Selection;
}

/** @throws Fault where there is nothing to train on, or nobody says whose faces they are */
export async function trainingFaces(
  project: ProjectStore | undefined,
  { folder, choice, selection }: DataInput,
  options: WorkOptions = {},
): Promise<Candidates> {
  if (folder !== undefined) return folderFaces(folder, choice, options);
  if (project === undefined) throw new Fault('Say what is to be trained on: a project or a folder.');
  return projectFaces(project, selection, options);
}

/** What a data set offers to train on, before anything is cut or written. */
export interface TrainingData {
  /** Faces that say whose they are and have a picture. */
  faces: number;
  /** Pictures of each identity, the most first; 0 for those that the source names without one. */
  counts: Int32Array;
  /** What is left out and why, and how faces are cut: a sentence each. */
  remarks: string[];
  /** 'demo.visage', or the folder's name. */
  from: string;
}

/**
 * What could be trained on. Pictures are not opened for it: some may turn out unreadable when they are prepared.
 * @throws Fault as `train` would
 */
export async function trainingData(
  project: ProjectStore,
  { crop = 'auto', size = 112, ...data }: DataInput & { crop?: CropChoice; size?: number },
  options: WorkOptions = {},
): Promise<TrainingData> {
  const { faces, empty, remarks } = await trainingFaces(project, data, options);
  const { remark } = trainingPreparation(faces, crop, size);
  const counts = new Map<string, number>(empty.map((name) => [name, 0]));
  for (const { identity } of faces) counts.set(identity, (counts.get(identity) ?? 0) + 1);
  return {
    faces: faces.length,
    counts: Int32Array.from(counts.values()).sort((a, b) => b - a),
    remarks: [...remarks, remark],
    from: basename(data.folder ?? project.path),
  };
}
