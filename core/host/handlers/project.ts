import { resolve } from 'node:path';
import type { projectProcedures } from '../../contract/procedures/project.ts';
import type { Handlers } from '../../contract/server.ts';
import { settingsFolder } from '../recent.ts';
import type { Workplace } from '../workplace.ts';

export const projectHandlers = (place: Workplace): Handlers<typeof projectProcedures> => ({
  'app.info': () => ({
    version: place.version,
    recent: place.recent.list(),
    demo: place.demo.state,
    initial: place.initial,
    settings: settingsFolder(),
  }),
  'app.forget': ({ path }) => {
    place.recent.forget(path);
    return null;
  },
  'demo.make': () => {
    void place.demo.make();
    return null;
  },
  'demo.cancel': async () => {
    await place.demo.cancel();
    return null;
  },
  'project.create': ({ path, name }) => place.create(path, name),
  'project.open': ({ path, again }) => place.open(resolve(path), again),
  'project.summary': () => place.summary(),
  'project.close': async () => {
    await place.closeProject();
    return null;
  },
  'project.verify': ({ hashes }) => ({ problems: place.project.verify({ hashes }) }),

  'faces.columns': () => columnsOf(place.project.labelTable()),
  'faces.some': ({ faces }) => columnsOf(place.project.labelTable(faces.slice().sort())),

  'identities.find': ({ text, limit }) => {
    const found = place.project.findIdentities(text, limit);
    return {
      identities: Int32Array.from(found, ({ id }) => id),
      sources: Int32Array.from(found, ({ source }) => source),
      names: found.map(({ name }) => name),
    };
  },
  'identities.names': ({ identities }) => ({
    names: Array.from(identities, (id) => place.project.identityName(id)),
  }),

  'face.detail': ({ face: id }) => {
    const { project } = place;
    const face = project.face(id);
    const image = project.image(face.imageId);
    return {
      ...face,
      source: project.source(face.sourceId).name,
      box: face.box === null ? null : [...face.box],
      picture: image.width && image.height ? { width: image.width, height: image.height } : null,
    };
  },
});

/** A label table as the contract carries it: copies, because the store may go on using its own arrays. */
function columnsOf(table: ReturnType<Workplace['project']['labelTable']>) {
  return {
    faces: table.faces.slice(),
    values: table.values.map((column) => column.slice()),
    origins: table.origins.map((column) => column.slice()),
    confidences: table.confidences.map((column) => column.slice()),
    cohorts: table.cohorts.slice(),
    sources: table.sources.slice(),
    identities: table.identities.slice(),
  };
}
