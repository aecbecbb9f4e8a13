import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type StartedEngine, startEngine } from '../../core/engine/client.ts';
import { prepareFaces } from '../../core/engine/images/pipeline.ts';
import { closePicturePool } from '../../core/engine/images/pool.ts';
import type { FaceImage } from '../../core/engine/preparation.ts';
import { detect } from '../../core/jobs/detect.ts';
import { modelForTask, readyModel } from '../../core/jobs/detection/models.ts';
import { importSource } from '../../core/jobs/import.ts';
import { addModel } from '../../core/jobs/models.ts';
import type { PreparedModel } from '../../core/models/prepared.ts';
import { Project } from '../../core/project/project.ts';
import { ASSETS, HAVE_ASSETS } from '../acceptance/assets.ts';
import { type BenchResult, median } from './bench.ts';
import { HOW_TO_MAKE, PEERS, peerPython } from './peers/python.ts';

/** What `detect`, `prelabel` and `embed` have in common: real faces, the same networks for us and the peer, one table. */

const MODELS = [
  ['version-RFB-320.onnx'],
  ['pfld.onnx'],
  ['fsanet-1x1-iter-688590.onnx', 'fsanet-var-iter-688590.onnx'],
  ['faceapi_age_gender'],
  ['mobilefacenet_foamliu.onnx'],
];
const REPEATS = 5;
const BATCH = 16;

export interface FaceProject {
  project: Project;
  engine: StartedEngine;
  faces: readonly FaceImage[];
}

/** A network of a comparison, and how often each face goes through it. */
export interface Compared {
  prepared: PreparedModel;
  runs: number;
}

/** A project with LFW's pictures, their faces found by RFB-320 and PFLD. */
async function open(folder: string): Promise<FaceProject> {
  const project = Project.create(join(folder, 'bench.visage'));
  const engine = startEngine();
  await importSource(project, { source: `${ASSETS}/images/lfw` });
  for (const files of MODELS) {
    await addModel(project, engine, { files: files.map((file) => `${ASSETS}/weights/${file}`) });
  }
  await detect(project, engine);
  const found = [...project.faces(project.select({}))].filter(({ landmarks }) => landmarks !== null);
  const faces = found.map(({ id, box, points, landmarks }) => ({
    ...{ face: id, path: project.imagePath(id) as string, box, points, landmarks },
  }));
  return { project, engine, faces };
}

interface Rate {
  /** Faces per second. */
  rate: number;
  /** Processor time per face, in milliseconds. */
  processor: number;
}

/** Processor time that a process has used so far, in seconds; Linux only. */
function processorTime(pid: number | undefined): number {
  try {
    const after = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(after[11]) + Number(after[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

async function ours({ engine, faces }: FaceProject, run: () => Promise<number>): Promise<Rate> {
  const before = processorTime(engine.pid);
  const rate = await run();
  return { rate, processor: ((processorTime(engine.pid) - before) / faces.length) * 1000 };
}

function peer(python: string, what: string, faces: readonly FaceImage[], networks: readonly Compared[]) {
  const plain = (values: ArrayLike<number> | null): number[] | null => values && Array.from(values);
  const description = {
    what,
    faces: faces.map(({ path, box, points, landmarks }) => ({
      ...{ path, box: plain(box), points: plain(points), landmarks: plain(landmarks) },
    })),
    networks: networks.map(({ prepared: { paths, inputName, preparation } }) => ({
      ...{ paths, input: inputName, ...preparation },
      ...(preparation.crop.kind === 'square' && preparation.crop),
    })),
  };
  const said = execFileSync(python, [join(PEERS, 'pipeline.py')], {
    input: JSON.stringify(description),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return JSON.parse(said) as { seconds: number; processor: number; rows: number; networks: boolean };
}

/** Runs over inputs that are ready, as a loop that does nothing else would: seconds. */
class Bare {
  readonly #sessions: { sessions: InferenceSession[]; compared: Compared; inputs: Float32Array }[] = [];

  static async open(faces: readonly FaceImage[], networks: readonly Compared[]): Promise<Bare> {
    const bare = new Bare();
    for (const compared of networks) {
      const { preparation, paths } = compared.prepared;
      const inputs: Float32Array[] = [];
      const some = faces.slice(0, 10 * BATCH);
      for await (const { tensor } of prepareFaces(some, preparation, { batch: BATCH }))
        inputs.push(tensor.slice());
      const sessions: InferenceSession[] = [];
      const extra = { session: { set_denormal_as_zero: '1' } };
      for (const path of paths) sessions.push(await InferenceSession.create(path, { extra }));
      const all = new Float32Array(await new Blob(inputs as Float32Array<ArrayBuffer>[]).arrayBuffer());
      bare.#sessions.push({ sessions, compared, inputs: all });
    }
    await closePicturePool();
    return bare;
  }

  async seconds(count: number): Promise<number> {
    let seconds = 0;
    for (const { sessions, compared, inputs } of this.#sessions) {
      const { inputName, preparation } = compared.prepared;
      const [width, height] = preparation.size;
      const length = 3 * width * height;
      const kept = inputs.length / length / BATCH;
      const begun = performance.now();
      let done = 0;
      for (let run = 0; done + BATCH <= count * compared.runs; run++, done += BATCH) {
        const from = (run % kept) * BATCH * length;
        const data = inputs.subarray(from, from + BATCH * length);
        const dims = preparation.layout === 'nchw' ? [BATCH, 3, height, width] : [BATCH, height, width, 3];
        for (const session of sessions) await session.run({ [inputName]: new Tensor('float32', data, dims) });
      }
      seconds += (((performance.now() - begun) / done) * count * compared.runs) / 1000;
    }
    return seconds;
  }

  async close(): Promise<void> {
    for (const { sessions } of this.#sessions) for (const session of sessions) await session.release();
  }
}

const ms = (rates: readonly Rate[]): string =>
  `${median(rates.map(({ processor }) => processor)).toFixed(1)} ms`;
const perSecond = (rates: readonly Rate[]): number => median(rates.map(({ rate }) => rate));

/**
 * @param networksOf the networks, in the peer's order
 * @param run does the job once and gives faces per second, from the first file to the last row
 */
export async function comparePipeline(
  what: 'detect' | 'prelabel' | 'embed',
  networksOf: (project: Project) => Compared[],
  run: (project: FaceProject) => Promise<number>,
): Promise<BenchResult[]> {
  if (!HAVE_ASSETS) {
    console.error(`'${what}' is not measured: '../shared/assets' with faces and networks is not there.`);
    return [];
  }
  const python = peerPython('cv2', 'numpy');
  if (python === undefined) console.error(HOW_TO_MAKE);
  const folder = mkdtempSync(join(tmpdir(), 'visage-bench-'));
  const opened = await open(folder);
  const { project, engine, faces } = opened;
  try {
    const networks = networksOf(project);
    const bare = await Bare.open(faces, networks);
    const rates = { ours: [] as Rate[], peer: [] as Rate[], bare: [] as Rate[] };
    await run(opened);
    await bare.seconds(BATCH);
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      rates.ours.push(await ours(opened, () => run(opened)));
      const before = process.cpuUsage();
      const seconds = await bare.seconds(faces.length);
      const { user, system } = process.cpuUsage(before);
      rates.bare.push({ rate: faces.length / seconds, processor: (user + system) / 1000 / faces.length });
      if (python === undefined) continue;
      const said = peer(python, what, faces, networks);
      // Where Debian's OpenCV is all there is, the networks' own time is the bare loop's.
      const took = said.seconds + (said.networks ? 0 : seconds);
      const processor =
        (said.processor * 1000) / faces.length + (said.networks ? 0 : (rates.bare.at(-1) as Rate).processor);
      rates.peer.push({ rate: faces.length / took, processor });
    }
    await bare.close();
    const rate = perSecond(rates.ours);
    const compared = (name: string, peers: readonly Rate[], goal: number): BenchResult => ({
      name: `${what} ${faces.length} LFW faces, from JPEG file to row, against ${name}`,
      ours: `${rate.toFixed(0)} faces/s (${ms(rates.ours)} of processor time each)`,
      peer: `${perSecond(peers).toFixed(0)} faces/s (${ms(peers)})`,
      ratio: median(rates.ours.map((one, i) => one.rate / peers[i].rate)),
      goal: goal > 0 ? `≥ ${goal}` : 'none: what the networks alone take',
      met: median(rates.ours.map((one, i) => one.rate / peers[i].rate)) >= goal,
    });
    return [
      ...(rates.peer.length > 0 ? [compared('OpenCV and ONNX Runtime in Python', rates.peer, 1.2)] : []),
      compared('ONNX Runtime alone over ready tensors', rates.bare, 0),
    ];
  } finally {
    await engine.close();
    project.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The project's one model of a task, ready to run. */
export const modelOf = (
  project: Project,
  task: Parameters<typeof modelForTask>[1],
  name?: string,
): PreparedModel => readyModel(modelForTask(project, task, name));
