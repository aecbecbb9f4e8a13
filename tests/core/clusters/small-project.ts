import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../../core/cli/program.ts';
import { Random } from '../../../core/foundation/random.ts';
import { Project } from '../../../core/project/project.ts';

/**
 * A project of `count` faces from two sources with a feature set 'net:pooled' of twelve dimensions in which gender and
 * yaw move the features, and labels of all five attributes (race of the second source is unknown).
 */
export function smallProject(count = 400): { path: string; features: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'visage-clusters-'));
  const path = join(folder, 'small.visage');
  const project = Project.create(path);
  const random = new Random(5);
  const columns = 12;
  const rows = new Float32Array(count * columns);
  const labels = Array.from({ length: count }, () => [
    random.below(3),
    random.below(2),
    random.below(5),
    2,
    random.below(3),
  ]);
  labels.forEach((values, i) => {
    for (let j = 0; j < columns; j++) rows[i * columns + j] = random.normal();
    rows[i * columns] += 12 * values[1];
    rows[i * columns + 1] += 12 * values[4];
  });
  const sources = ['first', 'second'].map((name) =>
    project.addSource({ name, format: 'folder', root: null }),
  );
  for (const [s, source] of sources.entries()) {
    const own = labels.map((values, i) => ({ values, i })).filter(({ i }) => i % 2 === s);
    project.putFaces(
      source.id,
      own.map(({ values, i }) => ({
        path: `${i}.jpg`,
        labels: values.map((value, a) => (a === 2 && s === 1 ? undefined : value)),
      })),
      'test',
    );
  }
  const appender = project.beginFeatureSet({
    name: 'net:pooled',
    model: 'net',
    modelHash: '0'.repeat(64),
    tap: 'pooled',
    dimensions: columns,
    kind: 'pooled',
    device: 'CPU',
  });
  const faces = project.select({});
  const place = project.faces(faces).map((face) => Number.parseInt(face.path, 10));
  const ordered = new Float32Array(rows.length);
  place.forEach((i, row) => {
    ordered.set(rows.subarray(i * columns, (i + 1) * columns), row * columns);
  });
  appender.append(faces, ordered);
  appender.close();
  project.close();
  return { path, features: 'net:pooled', remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Runs a command line in this process. */
export async function visage(
  ...argv: string[]
): Promise<{ code: number; out: string; err: string; json: Record<string, unknown> }> {
  let out = '';
  let err = '';
  const code = await runProgram(
    argv,
    { out: { write: (text) => (out += text) }, err: { write: (text) => (err += text) } },
    new AbortController().signal,
  );
  const last = out.trimEnd().split('\n').at(-1) ?? '';
  return { code, out, err, json: last.startsWith('{') ? JSON.parse(last) : {} };
}
