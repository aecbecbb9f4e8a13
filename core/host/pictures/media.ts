import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { squareAround } from '../../engine/images/crop.ts';
import { Fault } from '../../foundation/fault.ts';
import { runFolderOf } from '../../jobs/train/runs.ts';
import { sampleFile } from '../../jobs/train/samples.ts';
import type { Project } from '../../project/project.ts';
import type { MeanFaceMaker } from './mean-face-maker.ts';
import { type CacheSize, PictureCache } from './picture-cache.ts';
import type { PictureMaker } from './picture-maker.ts';

/** What a host serves for an opaque id. */
export interface Media {
  type: string;
  bytes: Uint8Array;
}

const ID = /^(thumb|crop|whole)-([1-9]\d{0,9})$/;
const MEAN = /^mean-([1-9]\d{0,9})-(\d{1,7})$/;
const SAMPLE = /^sample-([0-9a-f]{16})-(\d{1,2})$/;
/** Asked-for sizes are rounded up to one of these, so that the cache holds few variants. */
const SIZES = [64, 112, 160, 224, 320, 512, 1024, 2048];
/** A mean of aligned crops holds no more detail than this. */
const LARGEST_MEAN = 224;
/** Side of the square that is shown of a face, in sides of its box: enough to see hair, chin and pose. */
const SCALE = { thumb: 1.5, crop: 2 } as const;

/**
 * Pictures of one project by id: of faces 'thumb-17' (face), 'crop-17' (face with surroundings), 'whole-17' (its picture),
 * 'mean-3-12', the mean face of cluster 12 of clustering 3, and 'sample-8d02…-4', what the network of a run saw.
 */
export class ProjectMedia {
  readonly #project: Project;
  readonly #maker: PictureMaker;
  readonly #means: MeanFaceMaker;
  readonly #cache: PictureCache;

  constructor(project: Project, maker: PictureMaker, means: MeanFaceMaker) {
    this.#project = project;
    this.#maker = maker;
    this.#means = means;
    this.#cache = new PictureCache(join(project.path, 'thumbs'), !project.readOnly);
  }

  size(): Promise<CacheSize> {
    return this.#cache.size();
  }

  /** Removes the kept pictures; they are made again when they are shown. */
  async clear(): Promise<CacheSize> {
    if (this.#project.readOnly)
      throw new Fault('The project is open read-only, so its pictures cannot be removed.');
    await this.#cache.clear();
    return this.#cache.size();
  }

  /** Undefined where there is no such face or cluster, or its picture cannot be read. */
  async get(id: string, query: URLSearchParams): Promise<Media | undefined> {
    const asked = Number(query.get('size') ?? 112);
    const size = SIZES.find((one) => one >= asked) ?? SIZES[SIZES.length - 1];
    const mean = MEAN.exec(id);
    if (mean) return this.#mean(Number(mean[1]), Number(mean[2]), Math.min(size, LARGEST_MEAN));
    const sample = SAMPLE.exec(id);
    if (sample) return this.#sample(sample[1], Number(sample[2]));
    const match = ID.exec(id);
    if (!match) return undefined;
    return this.#face(match[1] as 'thumb' | 'crop' | 'whole', Number(match[2]), size);
  }

  /** As it is: a few thousand pixels, that its user wants to see one by one. */
  async #sample(run: string, position: number): Promise<Media | undefined> {
    const folder = runFolderOf(this.#project, run);
    if (folder === undefined) return undefined;
    const bytes = await readFile(sampleFile(folder, position)).catch(() => undefined);
    return bytes === undefined ? undefined : { type: 'image/png', bytes };
  }

  async #mean(id: number, cluster: number, size: number): Promise<Media | undefined> {
    const found = this.#project.clusterings().find((one) => one.id === id);
    if (found === undefined || cluster >= found.k) return undefined;
    const { name: clustering, time } = found;
    try {
      const make = () => this.#means.make({ clustering, cluster, size });
      const bytes = await this.#cache.get(`mean|${id}|${time}|${cluster}|${size}`, make, 'png');
      return { type: 'image/png', bytes };
    } catch {
      return undefined;
    }
  }

  async #face(kind: 'thumb' | 'crop' | 'whole', face: number, size: number): Promise<Media | undefined> {
    const picture = this.#project.picture(face);
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
