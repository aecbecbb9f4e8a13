import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import type { MeanFace, MeanFacesInput } from '../../clusters/profiles/mean-face-task.ts';
import type { Crop, FaceImage } from '../../engine/preparation.ts';
import type { EngineClient } from '../../engine/types.ts';
import { Fault } from '../../foundation/fault.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import { Random } from '../../foundation/random.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { Face } from '../../project/types.ts';

const MOST_MEMBERS = 200;
const TASK = new URL('../../clusters/profiles/mean-face-task.ts', import.meta.url);

export interface MeanFacesJobInput {
  clustering: string;
  /** Folder for the pictures, cluster-0.png … */
  out: string;
  /** Side in pixels; default 112. */
  size?: number;
  /** Members that a mean is taken of, drawn by chance where a cluster has more; default 200. */
  most?: number;
}

export interface MeanFacePicture {
  cluster: number;
  /** Faces that it is the mean of. */
  faces: number;
  file: string;
}

const ALIGNED: Crop = { kind: 'aligned', template: 'arcface' };
const BOXED: Crop = { kind: 'square', region: 'box', scale: 1.2, shift: 0, border: 'edge' };
const WHOLE: Crop = { kind: 'whole', fit: 'letterbox' };

/** Faces that decide how all pictures of a clustering are cut. */
const CROP_SAMPLE = 500;

/** One cluster's mean face. */
export interface MeanFaceMade {
  cluster: number;
  /** Faces that it is the mean of. */
  faces: number;
  png: Uint8Array;
}

/**
 * Draws mean faces of clusters (thesis Fig 5.7), each handed over as it is finished. Faces are aligned by their five
 * points where most of the clustering have them, else cut by their boxes, else taken whole; those that lack what the
 * rest has are left out. The same cluster gives the same bytes, whatever is drawn beside it.
 * @param clusters numbers of the clusters, absent for all
 * @returns false when no face of these clusters has a picture
 */
export async function drawMeanFaces(
  project: ProjectStore,
  engine: EngineClient,
  input: { clustering: string; clusters?: readonly number[]; size: number; most?: number },
  made: (mean: MeanFaceMade) => void | Promise<void>,
  options: WorkOptions = {},
): Promise<boolean> {
  const { clustering: name, size, most = MOST_MEMBERS } = input;
  const clustering = project.clustering(name);
  const { faces, assignment } = project.clusteringData(clustering);
  const clusters = input.clusters ?? Array.from({ length: clustering.k }, (_, c) => c);
  const members = new Map(clusters.map((cluster): [number, number[]] => [cluster, []]));
  for (let i = 0; i < faces.length; i++) members.get(assignment[i])?.push(faces[i]);
  const step = Math.max(1, Math.floor(faces.length / CROP_SAMPLE));
  const crop = cropFor(project.faces(faces.filter((_, i) => i % step === 0)));
  const groups = clusters.map((cluster) => {
    const own = new Random(clustering.id, cluster).shuffle(members.get(cluster) ?? []);
    return project.faces(own.slice(0, most)).flatMap((face) => imageOf(project, face));
  });
  if (groups.every((group) => group.length === 0)) return false;
  await engine.run<MeanFacesInput, null>(
    TASK,
    { groups, crop, size },
    {
      ...options,
      onPart: async ({ group, faces: count, pixels }: MeanFace) => {
        if (count === 0) return;
        const raw = { width: size, height: size, channels: 3 } as const;
        const png = await sharp(pixels, { raw }).png().toBuffer();
        await made({ cluster: clusters[group], faces: count, png });
      },
    },
  );
  return true;
}

/**
 * Writes the mean face of every cluster into a folder.
 * @throws Fault when no picture of the clustering can be had
 */
export async function meanFaces(
  project: ProjectStore,
  engine: EngineClient,
  { clustering, out, size = 112, most }: MeanFacesJobInput,
  options: WorkOptions = {},
): Promise<MeanFacePicture[]> {
  const folder = resolve(out);
  const digits = String(project.clustering(clustering).k - 1).length;
  const pictures: MeanFacePicture[] = [];
  const some = await drawMeanFaces(
    project,
    engine,
    { clustering, size, most },
    async ({ cluster, faces, png }) => {
      mkdirSync(folder, { recursive: true });
      const file = join(folder, `cluster-${String(cluster).padStart(digits, '0')}.png`);
      await writeFile(file, png);
      pictures.push({ cluster, faces, file });
    },
    options,
  );
  if (!some) {
    throw new Fault(
      `The faces of '${clustering}' have no pictures yet, so there is no mean face. Import their source with --images.`,
    );
  }
  return pictures;
}

function cropFor(faces: readonly Face[]): Crop {
  const most = (has: (face: Face) => boolean): boolean => faces.filter(has).length > faces.length / 2;
  if (most(({ points }) => points !== null)) return ALIGNED;
  return most(({ box }) => box !== null) ? BOXED : WHOLE;
}

function imageOf(project: ProjectStore, { id, box, points, landmarks }: Face): FaceImage[] {
  const path = project.imagePath(id);
  return path === null ? [] : [{ face: id, path, box, points, landmarks }];
}
