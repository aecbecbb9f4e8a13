import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { VALUE_COUNTS } from '../../../core/attributes/attributes.ts';
import { Random } from '../../../core/foundation/random.ts';
import { Project } from '../../../core/project/project.ts';
import type { NewFace } from '../../../core/project/types.ts';

export interface LargeSize {
  faces: number;
  /** Clusters, and groups on the map. */
  k: number;
  identities: number;
  /** Labels that a person set. */
  human: number;
  seed: number;
}

/** More faces than IJB-C's 477,000, so that faces and points of the map are the 500,000 that the issue names. */
export const LARGE: LargeSize = { faces: 500_000, k: 300, identities: 20_000, human: 6000, seed: 1 };

const DIMENSIONS = 8;
/** How many of a value's faces have it in common with their group; the rest are drawn at random. */
const IN_COMMON = 0.7;
const SHARES = [0.5, 0.3, 0.2];
/** Labels of one batch. */
const TOGETHER = 100_000;

/** Everything of a face by its number, without keeping half a million objects. */
function drawn({ faces, k, seed }: LargeSize) {
  const random = new Random(seed);
  const centres = Float32Array.from({ length: 2 * k }, () => 60 * (random.uniform() - 0.5));
  const widths = Float32Array.from({ length: k }, () => 0.4 + 1.6 * random.uniform());
  const typical = Array.from({ length: k }, () => VALUE_COUNTS.map((count) => random.below(count)));
  const cluster = new Int32Array(faces);
  const xy = new Float32Array(2 * faces);
  const values = VALUE_COUNTS.map(() => new Int8Array(faces));
  const features = new Float32Array(DIMENSIONS * faces);
  for (let i = 0; i < faces; i++) {
    // Squared: groups of very different sizes, as clusters of faces are.
    const c = Math.floor(k * random.uniform() ** 1.7);
    cluster[i] = c;
    xy[2 * i] = centres[2 * c] + widths[c] * random.normal();
    xy[2 * i + 1] = centres[2 * c + 1] + widths[c] * random.normal();
    for (let a = 0; a < values.length; a++)
      values[a][i] = random.uniform() < IN_COMMON ? typical[c][a] : random.below(VALUE_COUNTS[a]);
    for (let d = 0; d < DIMENSIONS; d++)
      features[DIMENSIONS * i + d] = ((c * (d + 3)) % 17) + random.normal();
  }
  return { cluster, xy, values, features, random };
}

const picturesUnder = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[])
    .filter((path) => /\.(jpe?g|png|webp)$/i.test(path))
    .map((path) => path.replaceAll('\\', '/'))
    .sort();

/**
 * Makes a project as large as a public face set: three sources (half, 30 and 20 per cent), age, gender and race by the
 * data set (race not in the third), pitch and yaw by a model with confidences, some labels by a person, identities, a
 * clustering and a map. Faces of the first source take their pictures in turn from `pictures`; the others have none.
 * @param pictures folder of face pictures; absent: no face has one
 */
export function makeLargeProject(path: string, size: LargeSize = LARGE, pictures?: string): void {
  const { faces, k, identities, human } = size;
  const { cluster, xy, values, features, random } = drawn(size);
  const files = pictures !== undefined && existsSync(pictures) ? picturesUnder(pictures) : [];
  const project = Project.create(path, { name: basename(path, '.visage') });
  try {
    let first = 0;
    SHARES.forEach((share, s) => {
      const end = s === SHARES.length - 1 ? faces : first + Math.round(share * faces);
      const root = s === 0 && files.length > 0 ? (pictures as string) : null;
      const source = project.addSource({ name: `Set ${'ABC'[s]}`, format: 'csv', root });
      project.putFaces(source.id, rows(first, end, s, root === null ? [] : files), `set ${'ABC'[s]}`);
      first = end;
    });

    const ids = project.select({});
    const model = { origin: 'model', name: 'synthetic pose', hash: '0'.repeat(64) } as const;
    for (const attribute of [3, 4]) {
      for (let from = 0; from < faces; from += TOGETHER) {
        const part = ids.subarray(from, Math.min(faces, from + TOGETHER));
        project.labelColumns(
          {
            faces: part,
            attributes: attribute,
            values: values[attribute].subarray(from, from + part.length),
            confidences: Float32Array.from(part, () => 0.4 + 0.6 * random.uniform()),
          },
          model,
          { kind: 'prelabel', description: 'poses' },
        );
      }
    }
    const looked = ids.filter((_, i) => i % Math.floor(faces / human) === 0);
    project.labelColumns(
      { faces: looked, attributes: 0, values: Int8Array.from(looked, (_, i) => i % 3) },
      { origin: 'human', name: 'ana' },
      { kind: 'bulk', description: 'looked at' },
    );

    const appender = project.beginFeatureSet({
      name: 'synthetic:pooled',
      model: 'synthetic',
      modelHash: '0'.repeat(64),
      tap: 'pooled',
      dimensions: DIMENSIONS,
      kind: 'pooled',
      device: 'none',
    });
    appender.append(ids, features);
    const set = appender.close();
    const centroids = new Float32Array(k * DIMENSIONS);
    project.addClustering(
      {
        name: `synthetic k=${k}`,
        featureSet: set.id,
        k,
        inertia: 0,
        iterations: 1,
        settings: { drawn: true },
        device: 'none',
        seconds: 0,
      },
      ids,
      cluster,
      centroids,
    );
    project.addProjection(
      { name: 'synthetic map', featureSet: set.id, method: 'tsne', settings: { drawn: true }, seconds: 0 },
      ids,
      xy,
    );
  } finally {
    project.close();
  }

  function* rows(from: number, to: number, source: number, images: readonly string[]): Generator<NewFace> {
    for (let i = from; i < to; i++) {
      const image = images.length > 0 ? images[i % images.length] : `${i >> 10}/${i}.jpg`;
      yield {
        path: image,
        key: images.length > 0 ? String(Math.floor(i / images.length)) : '',
        identity: `person ${Math.floor((i * identities) / faces)}`,
        labels: [values[0][i], values[1][i], source === 2 ? undefined : values[2][i]],
      };
    }
  }
}

if (import.meta.main) {
  const [path, pictures] = process.argv.slice(2);
  if (path === undefined) {
    console.error('Use: node tests/bench/scale/large-project.ts NAME.visage [PICTURES]');
    process.exit(2);
  }
  const begun = performance.now();
  makeLargeProject(path, LARGE, pictures);
  console.log(`${LARGE.faces} faces in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}
