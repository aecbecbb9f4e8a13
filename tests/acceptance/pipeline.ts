import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ATTRIBUTE_NAMES } from '../../core/attributes/attributes.ts';
import type { ConvertedCheckpoint } from '../../core/jobs/convert/checkpoint.ts';
import type { DetectResult } from '../../core/jobs/detect.ts';
import type { EmbedResult } from '../../core/jobs/embed.ts';
import type { EvaluateResult } from '../../core/jobs/evaluate.ts';
import type { AttributeReport } from '../../core/jobs/heads.ts';
import type { PrelabelResult } from '../../core/jobs/prelabel.ts';
import type { ScoreResult } from '../../core/jobs/score.ts';
import { Project } from '../../core/project/project.ts';
import { ASSETS } from './assets.ts';
import { type Figure, percent } from './figure.ts';
import { ageError, landmarkError, landmarksByPath, lfwFold, modelAccuracy, poseError } from './measures.ts';
import { visage } from './visage.ts';

/** Everything that the acceptance run measured. */
export interface Acceptance {
  figures: Figure[];
  scores: ScoreResult[];
}

const MODELS = [
  ['version-RFB-320.onnx'],
  ['pfld.onnx'],
  ['fsanet-1x1-iter-688590.onnx', 'fsanet-var-iter-688590.onnx'],
  ['mobilefacenet_foamliu.onnx'],
  ['faceapi_age_gender'],
];
const SETS = ['aflw2000', 'lfw', 'utkface'];
const EMBEDDING = 'mobilefacenet:embedding';
const POOLED = 'mobilefacenet:pooled';
/** Who changes them, and takes back: undo takes steps of its own annotator. */
const ANNOTATOR = 'acceptance';
/** Human labels that are changed, undone and redone. */
const CHANGED = 200;
const PER_COHORT = 20;

/**
 * The whole main job on real faces, through the real command line: import, detect, pre-label, embed, heads, clusters,
 * correct, undo, redo, export. @param say told of each step
 */
export async function runAcceptance(say: (step: string) => void = () => {}): Promise<Acceptance> {
  const folder = mkdtempSync(join(tmpdir(), 'visage-acceptance-'));
  try {
    return await new Run(join(folder, 'faces.visage'), say).all();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Run {
  readonly #path: string;
  readonly #say: (step: string) => void;
  readonly #figures: Figure[] = [];

  constructor(path: string, say: (step: string) => void) {
    this.#path = path;
    this.#say = say;
  }

  async all(): Promise<Acceptance> {
    await this.#import();
    await this.#locateAndPrelabel();
    await this.#embed();
    await this.#convert();
    await this.#heads();
    const scores = await this.#clusters();
    await this.#correct();
    await this.#export();
    return { figures: this.#figures, scores };
  }

  #add(figure: Figure): void {
    this.#figures.push(figure);
    this.#say(`${figure.what}: ${figure.figure}`);
  }

  #look<Result>(look: (project: Project) => Result): Result {
    const project = Project.open(this.#path, { readOnly: true });
    try {
      return look(project);
    } finally {
      project.close();
    }
  }

  async #import(): Promise<void> {
    await visage('new', this.#path);
    for (const set of SETS) {
      const { rows, imported, rejected, repaired } = await visage<Record<string, number>>(
        ...['import', this.#path, `${ASSETS}/images/${set}`],
      );
      const figure = `${imported} imported, ${rejected} rejected, ${repaired} repaired`;
      this.#add({ what: `import ${set}`, n: rows, figure });
    }
    for (const files of MODELS) {
      await visage('models', this.#path, 'add', ...files.map((file) => `${ASSETS}/weights/${file}`));
    }
  }

  async #locateAndPrelabel(): Promise<void> {
    // First from the landmarks that AFLW2000 brings, then from what the detector and PFLD find.
    const given = await visage<PrelabelResult>(
      ...['prelabel', this.#path, '--source', 'AFLW2000-3D', '--model', 'fsanet'],
    );
    const truth = this.#look(landmarksByPath);
    const found = await visage<DetectResult>('detect', this.#path, '--again');
    this.#add({
      what: 'faces found by RFB-320',
      n: found.faces,
      figure: percent(found.found / found.faces, 2),
      note: `${found.padded} of the pictures only with a border around them`,
    });
    const landmarks = landmarkError(this.#look(landmarksByPath), truth);
    this.#add({
      what: 'PFLD landmarks on AFLW2000, median error',
      n: landmarks.pictures,
      figure: percent(landmarks.median),
      note: 'of the square root of the area of the true landmarks’ box',
    });
    const said = await visage<PrelabelResult>('prelabel', this.#path, '--again');
    for (const [where, result] of [
      ['the detector’s box', said],
      ['the set’s own landmarks', given],
    ] as const) {
      const error = this.#look((project) => poseError(project, result.models.fsanet.numbers as string));
      const note = `FSA-Net pair from ${where}; pictures beyond ±99° left out`;
      const of = `AFLW2000 from ${where}`;
      this.#add({
        ...{ what: `yaw, ${of}, mean error`, n: error.pictures, figure: `${error.yaw.toFixed(2)}°` },
        ...{ goal: '≤ 4°', met: error.yaw <= 4, note },
      });
      this.#add({
        ...{ what: `pitch, ${of}, mean error`, n: error.pictures, figure: `${error.pitch.toFixed(2)}°` },
        ...{ goal: '≤ 5°', met: error.pitch <= 5, note },
      });
      const bins = `pitch and yaw in the right bin, ${of}`;
      this.#add({ what: bins, n: error.pictures, figure: percent(error.bins) });
    }
    this.#ageAndGender(said);
  }

  #ageAndGender(said: PrelabelResult): void {
    const years = this.#look((project) => ageError(project, said.models['age-gender'].numbers as string));
    this.#add({
      ...{ what: 'age by network on UTKFace, mean error', n: years.faces },
      figure: `${years.error.toFixed(1)} years`,
      note: `root mean square ${years.rootMeanSquare.toFixed(1)} years; the manifest's confidence rests on 8`,
    });
    for (const [attribute, name] of ['age', 'gender'].entries()) {
      const of = this.#look((project) => modelAccuracy(project, 'age-gender', attribute));
      this.#add({
        ...{ what: `${name} by network on UTKFace`, n: of.faces, figure: percent(of.accuracy) },
        note: `mean confidence ${percent(of.confidence)}`,
      });
    }
  }

  async #embed(): Promise<void> {
    await visage('embed', this.#path, '--model', 'mobilefacenet', '--taps', 'embedding,pooled');
    const flipped = await visage<EmbedResult>(
      ...['embed', this.#path, '--model', 'mobilefacenet', '--flip', '--source', 'LFW'],
    );
    for (const [how, features, goal] of [
      ['aligned, face + mirrored face', String(flipped.features), true],
      ['aligned, face alone', EMBEDDING, false],
    ] as const) {
      const score = this.#look((project) => lfwFold(project, features));
      this.#add({
        ...{ what: `LFW fold 1, MobileFaceNet ${how}`, n: score.pairs, figure: percent(score.accuracy, 2) },
        ...(goal ? { goal: '≥ 97 %', met: score.accuracy >= 0.97 } : {}),
        note: `± ${percent(score.deviation, 2)} over 10 sub-folds, AUC ${score.auc.toFixed(4)}, VAL ${percent(score.val)} at FAR ${percent(score.far)}`,
      });
    }
  }

  /** A checkpoint of PyTorch becomes a model of the project and is judged like any other. */
  async #convert(): Promise<void> {
    const network = join(dirname(this.#path), 'mobilefacenet-96.onnx');
    const { architecture } = await visage<ConvertedCheckpoint>(
      ...['convert', `${ASSETS}/weights/mobilefacenet_xiaoccer.ckpt`, network],
    );
    await visage('models', this.#path, 'add', network, '--manifest', network.replace('.onnx', '.json'));
    const score = await visage<EvaluateResult>(
      ...['evaluate', `${ASSETS}/meta/lfw_pairs_fold1.txt`, '--project', this.#path, '--source', 'LFW'],
      ...['--model', 'mobilefacenet-96', '--alternate'],
    );
    this.#add({
      ...{ what: `LFW fold 1, ${architecture} converted from its .ckpt`, n: score.pairs },
      ...{ figure: percent(score.accuracy, 2), goal: '≥ 97 %', met: score.accuracy >= 0.97 },
      note: `± ${percent(score.deviation, 2)} over ${score.folds} sub-folds, AUC ${score.auc.toFixed(4)}; aligned, face + mirrored face`,
    });
  }

  async #heads(): Promise<void> {
    const goals: Record<string, number> = { gender: 0.9, race: 0.75, age: 0.75 };
    for (const features of [[EMBEDDING], [EMBEDDING, POOLED]]) {
      const reports = await visage('heads', this.#path, 'evaluate', '--features', ...features);
      const best = features.length > 1;
      for (const [attribute, goal] of Object.entries(goals)) {
        const { accuracy, balancedAccuracy, faces, folds, baseline } = reports[attribute] as AttributeReport;
        this.#add({
          what: `${attribute} by head on UTKFace, ${best ? 'embedding + pooled layers' : 'embedding alone'}`,
          ...{ n: faces, figure: percent(accuracy) },
          ...(best ? { goal: `≥ ${percent(goal, 0)}`, met: accuracy >= goal } : {}),
          note: `${folds}-fold cross-validated; balanced ${percent(balancedAccuracy)}, majority alone ${percent(baseline.accuracy)}`,
        });
      }
    }
    await visage('heads', this.#path, 'train', '--features', EMBEDDING, POOLED, '--attribute', 'race');
    const applied = await visage(
      ...['heads', this.#path, 'apply', '--features', EMBEDDING, POOLED, '--attribute', 'race'],
    );
    const { labelled } = applied.race as { labelled: number };
    this.#add({
      what: 'race labels written by the head (LFW, AFLW2000, Others)',
      n: labelled,
      figure: `${labelled}`,
    });
    const { faces, labelled: whole } = await visage<{ faces: number; labelled: number }>(
      'cohorts',
      this.#path,
    );
    this.#add({ what: 'faces with all five attributes', n: faces, figure: percent(whole / faces) });
  }

  async #clusters(): Promise<ScoreResult[]> {
    const scores: ScoreResult[] = [];
    for (const features of [POOLED, EMBEDDING]) {
      for (const k of ['30', '300']) {
        const { clustering } = await visage<{ clustering: string }>(
          ...['cluster', this.#path, '--features', features, '--k', k, '--seed', '1', '--restarts', '3'],
        );
        const ask = ['score', this.#path, '--clustering', clustering];
        scores.push(await visage<ScoreResult>(...ask));
        // UTKFace by itself: there age, gender and race are the set's own, so no model is judged by a model's labels.
        scores.push(await visage<ScoreResult>(...ask, '--source', 'UTKFace'));
        this.#say(`scored ${clustering}`);
      }
    }
    return scores;
  }

  async #correct(): Promise<void> {
    const labels = () =>
      this.#look((project) => {
        const { values, origins } = project.labelTable();
        return JSON.stringify([values, origins].map((columns) => columns.map((column) => [...column])));
      });
    const faces = this.#look((project) =>
      [...project.select({ sources: [project.source('UTKFace').id] }).subarray(0, CHANGED)].map(String),
    );
    const before = labels();
    await visage(
      'label',
      this.#path,
      'set',
      ...faces,
      '--gender',
      'female',
      '--race',
      '3',
      '--by',
      ANNOTATOR,
    );
    const changed = labels();
    await visage('label', this.#path, 'undo', '--by', ANNOTATOR);
    const undone = labels();
    await visage('label', this.#path, 'redo', '--by', ANNOTATOR);
    const redone = labels();
    await visage('label', this.#path, 'undo', '--by', ANNOTATOR);
    const right = before !== changed && undone === before && redone === changed && labels() === before;
    this.#add({
      ...{ what: 'labels of 200 faces changed, undone, redone, undone', n: CHANGED },
      figure: right ? 'the same labels each time' : 'labels differ',
      ...{ goal: 'exact', met: right },
    });
  }

  async #export(): Promise<void> {
    const out = `${this.#path}-out`;
    const made = await visage<{ images: number; cohorts: number; short: unknown[]; manifest: string }>(
      ...['export', this.#path, '--per-cohort', String(PER_COHORT), '--seed', '1', '--out', out],
    );
    const again = await visage<{ manifest: string }>(
      ...['export', this.#path, '--manifest', made.manifest, '--out', `${out}-again`],
    );
    const same = readFileSync(made.manifest).equals(readFileSync(again.manifest));
    const checks = [this.#path, out].map((what) => visage<{ ok: boolean }>('verify', what));
    const ok = (await Promise.all(checks)).every((check) => check.ok);
    this.#add({
      ...{ what: `export of ${PER_COHORT} per cohort`, n: made.images },
      figure: `${made.cohorts} cohorts, ${made.short.length} too small`,
      goal: 'rebuilt with the same bytes; project and export verify',
      met: same && ok && made.images === made.cohorts * PER_COHORT,
    });
  }
}

export const SCORED = ['cohort', ...ATTRIBUTE_NAMES] as const;
