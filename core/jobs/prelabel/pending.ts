import { attributeIndex } from '../../attributes/attributes.ts';
import type { FaceImage } from '../../engine/preparation.ts';
import type { PreparedModel } from '../../models/prepared.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { Face, Selection } from '../../project/types.ts';
import type { PrelabelReject } from '../prelabel.ts';
import type { Speaker } from './speaker.ts';

/** Faces that are read from the store together. */
export const CHUNK = 2000;

/** Faces that the same models have still to look at. */
export interface Pending {
  /** Indices of the models. */
  networks: number[];
  /** Faces of one picture stand one after the other. */
  faces: FaceImage[];
}

/** The faces that a model has labelled already, by this content. */
export function labelledBy(project: ProjectStore, model: Speaker, faces: Int32Array): Uint8Array {
  const said = new Uint8Array(faces.length);
  for (const { attribute } of model.manifest.readings) {
    const index = attributeIndex(attribute);
    if (index === undefined) continue;
    for (const { agent, values } of project.opinions(index, faces)) {
      if (agent.origin !== 'model' || agent.hash !== model.hash) continue;
      for (let i = 0; i < values.length; i++) if (values[i] >= 0) said[i] = 1;
    }
  }
  return said;
}

/** Which faces which models have still to look at, grouped so that a picture is decoded once for all of them. */
export function pendingFaces(
  project: ProjectStore,
  models: readonly PreparedModel[],
  selection: Selection,
  again: boolean,
): { groups: Pending[]; skipped: number[]; rejects: PrelabelReject[] } {
  const ids = project.select(selection);
  const said = models.map((model) => (again ? new Uint8Array(ids.length) : labelledBy(project, model, ids)));
  const skipped = said.map((column) => column.reduce((sum, value) => sum + value, 0));
  const rejects: PrelabelReject[] = [];
  const groups = new Map<string, Pending & { images: { image: number; face: FaceImage }[] }>();
  for (let from = 0; from < ids.length; from += CHUNK) {
    for (const [i, face] of project.faces(ids.subarray(from, from + CHUNK)).entries()) {
      const networks = models.flatMap((_, index) => (said[index][from + i] === 1 ? [] : [index]));
      if (networks.length === 0) continue;
      const path = project.imagePath(face.id);
      if (path === null) {
        const reason = 'its source has no folder of images yet: import it with --images.';
        for (const index of networks) {
          rejects.push({ face: face.id, path: face.path, model: models[index].manifest.name, reason });
        }
        continue;
      }
      const key = networks.join(' ');
      const group = groups.get(key) ?? { networks, faces: [], images: [] };
      groups.set(key, group);
      group.images.push({ image: face.imageId, face: imageOf(face, path) });
    }
  }
  return {
    groups: [...groups.values()].map(({ networks, images }) => ({
      networks,
      faces: images.sort((a, b) => a.image - b.image || a.face.face - b.face.face).map(({ face }) => face),
    })),
    skipped,
    rejects,
  };
}

const imageOf = ({ id, box, points, landmarks }: Face, path: string): FaceImage => ({
  ...{ face: id, path, box, points, landmarks },
});
