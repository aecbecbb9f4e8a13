import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { writeNpy } from '../foundation/npy.ts';
import { type Connection, spoken } from './database.ts';
import { takenFiles } from './features.ts';
import { fileNameFor } from './folder.ts';
import { readFloats, readInts } from './matrix.ts';
import type { ScoreRecord } from './store.ts';
import type { Clustering, Projection } from './types.ts';

type Stored<T> = Omit<T, 'settings'> & { settings: string; file: string };

const CLUSTERING = `SELECT id, name, feature_set AS featureSet, k, inertia, iterations, settings, device, seconds, time,
  file FROM clusterings`;
const PROJECTION = `SELECT id, name, feature_set AS featureSet, method, settings, seconds, time, file
  FROM projections`;

/** The parts of which a clustering and a projection consist, as endings of vectors/FILE.PART.npy. */
export const CLUSTERING_PARTS = ['faces', 'assignment', 'centroids'] as const;
export const PROJECTION_PARTS = ['faces', 'xy'] as const;

/**
 * Clusterings, projections and scores. Made again under the same name over the same features, a clustering or
 * projection is replaced (with its scores): it can be computed again from its settings.
 */
export class Analyses {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  clusterings(): Clustering[] {
    return this.#connection.all<Stored<Clustering>>(`${CLUSTERING} ORDER BY id`).map(readable<Clustering>);
  }

  clustering(name: string): Clustering {
    return readable<Clustering>(this.#named<Stored<Clustering>>(CLUSTERING, 'clustering', name));
  }

  addClustering(
    clustering: Omit<Clustering, 'id' | 'time'>,
    faces: Int32Array,
    assignment: Int32Array,
    centroids: Float32Array,
  ): Clustering {
    const { name, featureSet, k, inertia, iterations, settings, device, seconds } = clustering;
    if (assignment.length !== faces.length) {
      throw new Error(`A clustering of ${faces.length} faces has ${assignment.length} assignments.`);
    }
    if (k < 1 || centroids.length % k !== 0) {
      throw new Error(`${centroids.length} centroid values are no ${k} rows.`);
    }
    this.#replace('clusterings', name, featureSet, CLUSTERING_PARTS, (file) => {
      writeNpy(`${file}.faces.npy`, faces);
      writeNpy(`${file}.assignment.npy`, assignment);
      writeNpy(`${file}.centroids.npy`, centroids, [k, centroids.length / k]);
      return (stem) =>
        this.#connection.run(
          `INSERT INTO clusterings (name, feature_set, k, inertia, iterations, settings, device, seconds, time, faces,
           file) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          name,
          featureSet,
          k,
          inertia,
          iterations,
          JSON.stringify(settings),
          device,
          seconds,
          Date.now(),
          faces.length,
          stem,
        );
    });
    return this.clustering(name);
  }

  clusteringData(clustering: Clustering): {
    faces: Int32Array;
    assignment: Int32Array;
    centroids: Float32Array;
  } {
    const file = this.#file(this.#named<{ file: string }>(CLUSTERING, 'clustering', clustering.name).file);
    return {
      faces: readInts(`${file}.faces.npy`),
      assignment: readInts(`${file}.assignment.npy`),
      centroids: readFloats(`${file}.centroids.npy`),
    };
  }

  projections(): Projection[] {
    return this.#connection.all<Stored<Projection>>(`${PROJECTION} ORDER BY id`).map(readable<Projection>);
  }

  projection(name: string): Projection {
    return readable<Projection>(this.#named<Stored<Projection>>(PROJECTION, 'projection', name));
  }

  addProjection(
    projection: Omit<Projection, 'id' | 'time'>,
    faces: Int32Array,
    xy: Float32Array,
  ): Projection {
    const { name, featureSet, method, settings, seconds } = projection;
    if (xy.length !== 2 * faces.length) {
      throw new Error(`A projection of ${faces.length} faces has ${xy.length} coordinates, not two each.`);
    }
    this.#replace('projections', name, featureSet, PROJECTION_PARTS, (file) => {
      writeNpy(`${file}.faces.npy`, faces);
      writeNpy(`${file}.xy.npy`, xy, [faces.length, 2]);
      return (stem) =>
        this.#connection.run(
          `INSERT INTO projections (name, feature_set, method, settings, seconds, time, faces, file)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          name,
          featureSet,
          method,
          JSON.stringify(settings),
          seconds,
          Date.now(),
          faces.length,
          stem,
        );
    });
    return this.projection(name);
  }

  projectionData(projection: Projection): { faces: Int32Array; xy: Float32Array } {
    const file = this.#file(this.#named<{ file: string }>(PROJECTION, 'projection', projection.name).file);
    return { faces: readInts(`${file}.faces.npy`), xy: readFloats(`${file}.xy.npy`) };
  }

  addScore(clustering: number, result: Record<string, unknown>): ScoreRecord {
    return this.#connection.write(() => {
      if (!this.#connection.get('SELECT 1 FROM clusterings WHERE id = ?', clustering)) {
        throw new Fault(`There is no clustering with the number '${clustering}' in this project.`);
      }
      const time = Date.now();
      const id = this.#connection.insert(
        'INSERT INTO scores (clustering, result, time) VALUES (?, ?, ?)',
        clustering,
        JSON.stringify(result),
        time,
      );
      return { id, clustering, result, time };
    });
  }

  scores(clustering?: number): ScoreRecord[] {
    return this.#connection
      .all<Omit<ScoreRecord, 'result'> & { result: string }>(
        `SELECT id, clustering, result, time FROM scores WHERE clustering = coalesce(?, clustering) ORDER BY id`,
        clustering ?? null,
      )
      .map((row) => ({ ...row, result: JSON.parse(row.result) as Record<string, unknown> }));
  }

  #file(stem: string): string {
    return join(this.#connection.path, 'vectors', stem);
  }

  #named<Row>(select: string, what: 'clustering' | 'projection', name: string): Row {
    const row = this.#connection.get<Row>(`${select} WHERE name = ?`, name);
    if (row) return row;
    const all = what === 'clustering' ? this.clusterings() : this.projections();
    const known = all.map((one) => `'${one.name}'`).join(', ');
    throw new Fault(
      `There is no ${what} '${name}' in this project; ${known ? `known: ${known}` : `none was made yet (visage ${what === 'clustering' ? 'cluster' : 'map'})`}.`,
    );
  }

  /**
   * Writes new files under a new name, then the record that points to them, then removes what it replaced: at every
   * moment the record points to whole files.
   */
  #replace(
    table: 'clusterings' | 'projections',
    name: string,
    featureSet: number,
    parts: readonly string[],
    writeFiles: (file: string) => (stem: string) => void,
  ): void {
    if (name.trim() === '') throw new Fault('A clustering or projection needs a name; this one is empty.');
    const taken = takenFiles(this.#connection);
    const stem = fileNameFor(name, taken);
    const remove = (old: string): void => {
      for (const part of parts) rmSync(`${this.#file(old)}.${part}.npy`, { force: true });
    };
    let replaced: string | undefined;
    try {
      this.#connection.write(() => {
        const old = this.#connection.get<{ id: number; featureSet: number; file: string }>(
          `SELECT id, feature_set AS featureSet, file FROM ${table} WHERE name = ?`,
          name,
        );
        if (old && old.featureSet !== featureSet) {
          throw new Fault(`The name '${name}' is taken by one over other features; choose another name.`);
        }
        if (!this.#connection.get('SELECT 1 FROM features WHERE id = ?', featureSet)) {
          throw new Fault(`There is no feature set with the number '${featureSet}' in this project.`);
        }
        const record = writeFiles(this.#file(stem));
        if (old) this.#connection.run(`DELETE FROM ${table} WHERE id = ?`, old.id);
        replaced = old?.file;
        record(stem);
      });
    } catch (thrown) {
      spoken(this.#connection.path, () => remove(stem));
      throw thrown;
    }
    if (replaced !== undefined) remove(replaced);
  }
}

function readable<T extends { settings: Record<string, unknown> }>(row: Stored<T>): T {
  const { settings, file: _file, ...rest } = row;
  return { ...rest, settings: JSON.parse(settings) as Record<string, unknown> } as unknown as T;
}
