import { mkdirSync } from 'node:fs';
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

/**
 * Draws the mean face of every cluster (thesis Fig 5.7). Faces are aligned by their five points where most have them,
 * else cut by their boxes, else taken whole; those that lack what the rest has are left out.
 * @throws Fault when no picture of the clustering can be had
 */
export async function meanFaces(
  project: ProjectStore,
  engine: EngineClient,
  { clustering: name, out, size = 112, most = 200 }: MeanFacesJobInput,
  options: WorkOptions = {},
): Promise<MeanFacePicture[]> {
  const clustering = project.clustering(name);
  const { faces, assignment } = project.clusteringData(clustering);
  const members = Array.from({ length: clustering.k }, (): number[] => []);
  faces.forEach((face, i) => {
    members[assignment[i]].push(face);
  });
  const random = new Random(clustering.id);
  const chosen = members.map((own) => project.faces(random.shuffle(own).slice(0, most)));
  const all = chosen.flat();
  const crop = cropFor(all);
  const groups = chosen.map((own) => own.flatMap((face) => imageOf(project, face)));
  if (groups.every((group) => group.length === 0)) {
    throw new Fault(
      `The faces of '${name}' have no pictures yet, so there is no mean face. Import their source with --images.`,
    );
  }
  const folder = resolve(out);
  mkdirSync(folder, { recursive: true });
  const digits = String(clustering.k - 1).length;
  const made: MeanFacePicture[] = [];
  await engine.run<MeanFacesInput, null>(
    TASK,
    { groups, crop, size },
    {
      ...options,
      onPart: async ({ group, faces: count, pixels }: MeanFace) => {
        if (count === 0) return;
        const file = join(folder, `cluster-${String(group).padStart(digits, '0')}.png`);
        await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
          .png()
          .toFile(file);
        made.push({ cluster: group, faces: count, file });
      },
    },
  );
  return made;
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
