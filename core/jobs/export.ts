import { extname, resolve } from 'node:path';
import { cohortCode } from '../attributes/cohort.ts';
import { layoutNamed } from '../exports/layouts/index.ts';
import type { Layout } from '../exports/layouts/layout.ts';
import { readManifest } from '../exports/manifest.ts';
import { planSubset } from '../exports/plan.ts';
import type {
  Candidate,
  ExportedFace,
  ImageMode,
  LayoutName,
  Manifest,
  Plan,
  PlanSettings,
} from '../exports/types.ts';
import { MANIFEST_FILE, UnreadablePictures, writeExport } from '../exports/write.ts';
import { Fault } from '../foundation/fault.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import type { ProjectStore } from '../project/store.ts';
import type { Selection } from '../project/types.ts';
import { candidatesOf } from './export/candidates.ts';
import { changedPictures, type DrawnFace, drawnFaces } from './export/drawn.ts';
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
  /** Faces that were drawn around, because their pictures cannot be read. */
  passedOver: Plan['passedOver'];
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

/** The plan of what would be written now: as `previewExport`, and each drawn picture is looked for on its disk. */
export async function lookedAtPlan(
  project: ProjectStore,
  selection: Selection,
  settings: PlanSettings,
  mode: ImageMode,
  options: WorkOptions = {},
): Promise<Plan> {
  const drawing = new Drawing(await candidatesOf(project, selection, options), settings);
  await drawing.settle(project, mode, options);
  return drawing.plan;
}

/** A set as it is drawn, and drawn again around pictures that turn out to be unreadable. */
class Drawing {
  readonly #candidates: readonly Candidate[];
  readonly #settings: PlanSettings;
  readonly #problems = new Map<number, string>();
  readonly #sound = new Set<number>();
  plan: Plan;

  constructor(candidates: readonly Candidate[], settings: PlanSettings) {
    this.#candidates = candidates;
    this.#settings = settings;
    this.plan = planSubset(candidates, settings);
  }

  around(problems: ReadonlyMap<number, string>): void {
    for (const [face, problem] of problems) this.#problems.set(face, problem);
    this.plan = planSubset(
      this.#candidates.map((candidate) => ({
        ...candidate,
        problem: this.#problems.get(candidate.face) ?? candidate.problem,
      })),
      this.#settings,
    );
  }

  /** Draws until every drawn picture is the file that the project knows; gives the drawn faces. */
  async settle(project: ProjectStore, mode: ImageMode, options: WorkOptions): Promise<DrawnFace[]> {
    for (;;) {
      const drawn = drawnFaces(
        project,
        Int32Array.from(this.plan.chosen, ({ face }) => face),
      );
      const unseen = drawn.filter(({ face }) => !this.#sound.has(face.id));
      const problems = await changedPictures(unseen, mode === 'list', options);
      if (problems.size === 0) return drawn;
      for (const { face } of unseen) if (!problems.has(face.id)) this.#sound.add(face.id);
      this.around(problems);
    }
  }
}

/** Why a plan holds nothing, as a sentence. */
function emptySentence({ short: [best], passedOver }: Plan, perCohort: number): string {
  const passed =
    passedOver.length > 0
      ? ` ${passedOver.length} more ${passedOver.length === 1 ? 'face was' : 'faces were'} passed over, because no picture of theirs can be read; the first is '${passedOver[0].source}/${passedOver[0].path}': ${passedOver[0].reason} Import their source with --images, or leave it out with --source.`
      : '';
  if (best) {
    return `No cohort has ${perCohort} faces; the largest, ${best.code}, has ${best.count}. Ask for fewer, or let short cohorts give all that they have (--short take-all).${passed}`;
  }
  return passed === ''
    ? 'No face in the selection has all five attributes, so there is no cohort to export. Run prelabel or heads first.'
    : `No face in the selection has all five attributes and a picture that can be read.${passed}`;
}

async function write(project: ProjectStore, input: ExportInput, options: WorkOptions): Promise<ExportResult> {
  const begun = performance.now();
  const { selection, layout: layoutName, mode, out, perCohort, seed, short } = input;
  // Spelled out so that the manifest's bytes do not depend on the order in which the caller wrote the settings.
  const balance = { sources: input.balance.sources, identities: input.balance.identities };
  const settings = { perCohort, seed, balance, short };
  const layout = layoutNamed(layoutName);
  const drawing = new Drawing(await candidatesOf(project, selection, options), settings);
  for (;;) {
    const drawn = await drawing.settle(project, mode, options);
    const { plan } = drawing;
    if (plan.chosen.length === 0) throw new Fault(emptySentence(plan, perCohort));
    const manifest: Omit<Manifest, 'files'> = {
      format: 'visage-export',
      version: 1,
      project: project.name,
      settings: { ...settings, layout: layoutName, mode, selection: describe(project, selection) },
      cohorts: plan.cohorts,
      short: plan.short,
      ...(plan.passedOver.length > 0 && { passedOver: plan.passedOver }),
      faces: exportedFaces(plan, drawn, layout, mode),
    };
    try {
      const written = await writeExport(manifest, (i) => drawn[i].original, out, options);
      return resultOf(written, out, begun);
    } catch (thrown) {
      if (!(thrown instanceof UnreadablePictures)) throw thrown;
      drawing.around(
        new Map(thrown.pictures.map(({ index, reason }) => [drawn[index].face.id, reason] as const)),
      );
    }
  }
}

function exportedFaces(
  plan: Plan,
  drawn: readonly DrawnFace[],
  layout: Layout,
  mode: ImageMode,
): ExportedFace[] {
  const numbers = new Map<number, number>();
  return drawn.map(({ face, image, original }, i) => {
    const { cohort, source } = plan.chosen[i];
    const number = (numbers.get(cohort) ?? 0) + 1;
    numbers.set(cohort, number);
    const code = cohortCode(cohort);
    return {
      file:
        mode === 'list'
          ? original
          : layout.picture({ cohort: code, number, extension: extensionOf(original) }),
      sha256: image.hash ?? '',
      bytes: image.bytes ?? 0,
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
    passedOver: manifest.passedOver ?? [],
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
