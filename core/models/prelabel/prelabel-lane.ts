import { inputLength } from '../../engine/images/normalise.ts';
import { prepareHere } from '../../engine/images/pipeline.ts';
import type { LaneModule } from '../../engine/lanes/lanes.ts';
import type { FaceImage } from '../../engine/preparation.ts';
import type { PreparedModel } from '../prepared.ts';
import { type PrelabelPart, Speakers } from './speakers.ts';

/** Faces to labels in a lane. */
const open: LaneModule<readonly PreparedModel[], FaceImage, PrelabelPart> = async (
  engine,
  models,
  { threads, batch },
) => {
  const speakers = await Speakers.open(engine, models, 'cpu', threads);
  const preparations = models.map(({ preparation }) => preparation);
  const rooms = preparations.map((preparation) => new Float32Array(batch * inputLength(preparation)));
  return async (faces) =>
    speakers.say(
      Int32Array.from(faces, ({ face }) => face),
      await prepareHere(faces, preparations, rooms),
    );
};
export default open;
