import { extname, resolve } from 'node:path';
import { cohortCode } from '../attributes/cohort.ts';
import { layoutNamed } from '../exports/layouts/index.ts';
import { readManifest } from '../exports/manifest.ts';
import { planSubset } from '../exports/plan.ts';
import type { ExportedFace, ImageMode, LayoutName, Manifest, Plan, PlanSettings } from '../exports/types.ts';
import { MANIFEST_FILE, writeExport } from '../exports/write.ts';
import { Fault } from '../foundation/fault.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import type { ProjectStore } from '../project/store.ts';
import type { Selection } from '../project/types.ts';
import { candidatesOf } from './export/candidates.ts';
import { type JobOptions, recorded } from './recorded.ts';

export interface ExportInput extends PlanSettings {
  selection: Selection;
  layout: LayoutName;
  mode: ImageMode;
  /** Folder to write; new or empty. */
  out: string;
}

/** What `visage export --json` prints. */
export interface ExportResult {
  images: number;
  cohorts: number;
  short: Plan['short'];
  /** Absolute path of the manifest. */
  manifest: string;
  seconds: number;
}

/**
 * What an export would hold, without writing: the numbers for the builder's preview. Faces count only if all five
 * attributes are labelled.
 */
export async function previewExport(
  project: ProjectStore,
  selection: Selection,
  settings: PlanSettings,
  options: WorkOptions = {},
): Promise<Plan> {
  return planSubset(await candidatesOf(project, selection, options), settings);
}

/** Plans and writes a balanced export (thesis §5.4.1, Sub200). */
export const exportSubset = (
  project: ProjectStore,
  input: ExportInput,
  options: JobOptions = {},
): Promise<ExportResult> => recorded(project, 'export', input, options, () => write(project, input, options));

async function write(project: ProjectStore, input: ExportInput, options: WorkOptions): Promise<ExportResult> {
  const begun = performance.now();
  const { selection, layout: layoutName, mode, out, perCohort, seed, short } = input;
  // Spelled out so that the manifest's bytes do not depend on the order in which the caller wrote the settings.
  const balance = { sources: input.balance.sources, identities: input.balance.identities };
  const layout = layoutNamed(layoutName);
  const plan = await previewExport(project, selection, { perCohort, seed, balance, short }, options);
  if (plan.chosen.length === 0) {
    const best = plan.short[0];
    throw new Fault(
      best
        ? `No cohort has ${perCohort} faces; the largest, ${best.code}, has ${best.count}. Ask for fewer, or let short cohorts give all that they have (--short take-all).`
        : 'No face in the selection has all five attributes, so there is no cohort to export. Run prelabel or heads first.',
    );
  }
  const images = new Map(project.images().map((image) => [image.id, image]));
  const faces = project.faces(Int32Array.from(plan.chosen, ({ face }) => face));
  const numbers = new Map<number, number>();
  const originals: string[] = [];
  const missing: string[] = [];
  const exported = faces.map((face, i): ExportedFace => {
    const { cohort, source } = plan.chosen[i];
    const image = images.get(face.imageId);
    const original = project.imagePath(face.id);
    const number = (numbers.get(cohort) ?? 0) + 1;
    numbers.set(cohort, number);
    if (original === null || !image || image.hash === null || image.state !== 'ok')
      missing.push(`${source}/${face.path}`);
    originals.push(original === null ? '' : resolve(original));
    const code = cohortCode(cohort);
    return {
      file:
        mode === 'list'
          ? originals[i]
          : layout.picture({ cohort: code, number, extension: extensionOf(original ?? face.path) }),
      sha256: image?.hash ?? '',
      bytes: image?.bytes ?? 0,
      source,
      path: face.path,
      key: face.key,
      identity: face.identity,
      cohort: code,
      values: [...face.labels],
      origins: [...face.origins],
      confidences: [...face.confidences],
      box: face.box ? [...face.box] : null,
      points: face.points ? [...face.points] : null,
    };
  });
  if (missing.length > 0) {
    throw new Fault(
      `${missing.length} of ${exported.length} chosen faces have no readable picture, the first is '${missing[0]}'. Import their source with --images, or leave it out with --source.`,
    );
  }
  const manifest: Omit<Manifest, 'files'> = {
    format: 'visage-export',
    version: 1,
    project: project.name,
    settings: {
      perCohort,
      seed,
      balance,
      short,
      layout: layoutName,
      mode,
      selection: describe(project, selection),
    },
    cohorts: plan.cohorts,
    short: plan.short,
    faces: exported,
  };
  const written = await writeExport(manifest, (i) => originals[i], out, options);
  return resultOf(written, out, begun);
}

export interface RebuildInput {
  /** Path of the manifest. */
  manifest: string;
  /** Folder to write; new or empty. */
  out: string;
}

/**
 * Writes an export again from its manifest: the same bytes, whatever labels have changed since. Pictures are looked
 * up by source and path, and by content where they have moved.
 */
export const rebuildExport = (
  project: ProjectStore,
  input: RebuildInput,
  options: JobOptions = {},
): Promise<ExportResult> =>
  recorded(project, 'export', input, options, () => rebuild(project, input, options));

async function rebuild(
  project: ProjectStore,
  input: RebuildInput,
  options: WorkOptions,
): Promise<ExportResult> {
  const begun = performance.now();
  const { files: _, ...manifest } = await readManifest(input.manifest);
  const roots = new Map(project.sources().map((source) => [source.id, source]));
  const byPlace = new Map<string, string>();
  const byHash = new Map<string, string>();
  for (const image of project.images()) {
    const source = roots.get(image.sourceId);
    if (!source || source.root === null) continue;
    const path = resolve(source.root, image.place);
    byPlace.set(`${source.name}\0${image.path}\0${image.hash}`, path);
    if (image.hash !== null && image.state === 'ok') byHash.set(image.hash, path);
  }
  const originals = manifest.faces.map((face) => {
    const path = byPlace.get(`${face.source}\0${face.path}\0${face.sha256}`) ?? byHash.get(face.sha256);
    if (path === undefined) {
      throw new Fault(
        `The project has no picture with the content of '${face.source}/${face.path}', so the export cannot be rebuilt.`,
      );
    }
    return path;
  });
  const written = await writeExport(manifest, (i) => originals[i], input.out, options);
  return resultOf(written, input.out, begun);
}

function resultOf(manifest: Manifest, out: string, begun: number): ExportResult {
  return {
    images: manifest.faces.length,
    cohorts: manifest.cohorts.length,
    short: manifest.short,
    manifest: resolve(out, MANIFEST_FILE),
    seconds: (performance.now() - begun) / 1000,
  };
}

/** Extension that an exported picture gets: its own where that is one, whatever blanks or signs its name ends with. */
const extensionOf = (path: string): string =>
  /^\.[a-z0-9]{1,5}$/.exec(extname(path.replace(/[ .]+$/, '')).toLowerCase())?.[0] ?? '';

/** The selection as the manifest keeps it: names instead of this database's ids. */
function describe(project: ProjectStore, selection: Selection): Record<string, unknown> {
  const { faces, sources, identities, cohorts, ...rest } = selection;
  return {
    ...rest,
    ...(sources && { sources: sources.map((id) => project.source(id).name) }),
    ...(cohorts && { cohorts: cohorts.map(cohortCode) }),
    ...(identities && { identities: identities.map((id) => project.identityName(id)) }),
    ...(faces && { faces: faces.length }),
  };
}

/** A folder in the project for an export that was given none: exports/sub200-seed1, with a number when taken. */
export function defaultExportFolder(
  project: ProjectStore,
  settings: PlanSettings,
  taken: (path: string) => boolean,
): string {
  const base = resolve(project.path, 'exports', `sub${settings.perCohort}-seed${settings.seed}`);
  if (!taken(base)) return base;
  for (let n = 2; ; n++) if (!taken(`${base}-${n}`)) return `${base}-${n}`;
}
