import { join } from 'node:path';
import { squareAround } from '../../engine/images/crop.ts';
import type { Project } from '../../project/project.ts';
import { PictureCache } from './picture-cache.ts';
import type { PictureMaker } from './picture-maker.ts';

/** What a host serves for an opaque id. */
export interface Media {
  type: string;
  bytes: Uint8Array;
}

const ID = /^(thumb|crop|whole)-([1-9]\d{0,9})$/;
/** Asked-for sizes are rounded up to one of these, so that the cache holds few variants. */
const SIZES = [64, 112, 160, 224, 320, 512, 1024, 2048];
/** Side of the square that is shown of a face, in sides of its box: enough to see hair, chin and pose. */
const SCALE = { thumb: 1.5, crop: 2 } as const;

/** Pictures of one project's faces by id: 'thumb-17' (face), 'crop-17' (face with surroundings), 'whole-17' (its picture). */
export class ProjectMedia {
  readonly #project: Project;
  readonly #maker: PictureMaker;
  readonly #cache: PictureCache;

  constructor(project: Project, maker: PictureMaker) {
    this.#project = project;
    this.#maker = maker;
    this.#cache = new PictureCache(join(project.path, 'thumbs'), !project.readOnly);
  }

  /** Undefined where there is no such face or its picture cannot be read. */
  async get(id: string, query: URLSearchParams): Promise<Media | undefined> {
    const match = ID.exec(id);
    if (!match) return undefined;
    const kind = match[1] as 'thumb' | 'crop' | 'whole';
    const asked = Number(query.get('size') ?? 112);
    const size = SIZES.find((one) => one >= asked) ?? SIZES[SIZES.length - 1];
    const picture = this.#project.picture(Number(match[2]));
    if (!picture || picture.file === null) return undefined;
    const { file, box, version } = picture;
    const region =
      kind === 'whole' || box === null
        ? null
        : (([left, top, side]) => [left, top, side, side] as const)(squareAround(box, SCALE[kind], 0));
    const key = `${version}|${kind === 'whole' ? '' : region?.map((value) => value.toFixed(1)).join(',')}|${kind}|${size}`;
    try {
      return {
        type: 'image/webp',
        bytes: await this.#cache.get(key, () => this.#maker.make({ path: file, region, size })),
      };
    } catch {
      return undefined;
    }
  }
}
