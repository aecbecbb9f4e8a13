import type { LaneModule } from '../../engine/lanes/lanes.ts';
import { FaceSearch, load } from './face-search.ts';
import type { PictureFinding, PictureRequest, SearchSettings } from './finding.ts';

/** Pictures to faces in a lane. */
const open: LaneModule<SearchSettings, PictureRequest, PictureFinding[]> = async (
  engine,
  settings,
  { threads },
) => {
  const search = await FaceSearch.open(engine, settings, 'cpu', threads);
  return async (pictures) => search.locate(await Promise.all(pictures.map(load)));
};
export default open;
