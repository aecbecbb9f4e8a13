import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { startEngine } from '../../core/engine/client.ts';
import type { NetworkPlan } from '../../core/engine/embedding/network.ts';
import { prepareFaces } from '../../core/engine/images/pipeline.ts';
import { closePicturePool } from '../../core/engine/images/pool.ts';
import type { FaceImage, Preparation } from '../../core/engine/preparation.ts';
import type { EmbedPart, EmbedTaskInput, EmbedTaskOutput } from '../../core/engine/tasks/embed.ts';
import { freeBatch } from '../../core/graph/batch.ts';
import { Model } from '../../core/graph/model.ts';
import { faceOf } from '../../core/synthetic/faces.ts';
import { FaceRenderer } from '../../core/synthetic/render.ts';
import { type Bench, type BenchResult, median } from './bench.ts';

const ASSETS = join(import.meta.dirname, '../../../shared/assets');
const NETWORK = join(ASSETS, 'weights/mobilefacenet_foamliu.onnx');
const LFW = join(ASSETS, 'images/lfw');
const TASK = new URL('../../core/engine/tasks/embed.ts', import.meta.url);
const FACES = 600;
const REPEATS = 3;
const PEER_BATCH = 16;

const preparation: Preparation = {
  ...{ size: [112, 112], crop: { kind: 'aligned', template: 'arcface' }, channels: 'rgb', layout: 'nchw' },
  ...{ mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
};
/** Where the five points stand in LFW's funneled pictures, about. */
const POINTS = [105, 112, 145, 112, 125, 135, 108, 155, 142, 155];

async function pictures(folder: string): Promise<{ list: FaceImage[]; what: string }> {
  const face = (path: string, i: number, points: ArrayLike<number>): FaceImage => ({
    ...{ face: i, path, box: null, points, landmarks: null },
  });
  if (existsSync(LFW)) {
    const files = readdirSync(LFW, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.jpg'))
      .sort()
      .slice(0, FACES);
    return { list: files.map((name, i) => face(join(LFW, name), i, POINTS)), what: 'LFW pictures' };
  }
  const renderer = new FaceRenderer(250);
  const list: FaceImage[] = [];
  for (let i = 0; i < FACES; i++) {
    const { pixels, size, points } = renderer.render(faceOf({ seed: 1, faces: FACES, identities: FACES }, i));
    const path = join(folder, `${i}.jpg`);
    await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
      .jpeg({ quality: 90 })
      .toFile(path);
    list.push(face(path, i, points));
  }
  return { list, what: 'synthetic pictures' };
}

/** Faces per second of a loop that does nothing but run. */
async function bare(
  session: InferenceSession,
  inputs: Float32Array,
  count: number,
  batch: number,
): Promise<number> {
  const name = session.inputNames[0];
  const length = 3 * 112 * 112;
  const begun = performance.now();
  for (let from = 0; from + batch <= count; from += batch) {
    const data = inputs.subarray(from * length, (from + batch) * length);
    await session.run({ [name]: new Tensor('float32', data, [batch, 3, 112, 112]) });
  }
  return ((count - (count % batch)) / (performance.now() - begun)) * 1000;
}

async function run(): Promise<BenchResult[]> {
  if (!existsSync(NETWORK)) {
    console.error("Embedding is not measured: '../shared/assets' with the network is not there.");
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'visage-bench-'));
  const engine = startEngine();
  try {
    const { list, what } = await pictures(folder);
    const inputs = new Float32Array(list.length * 3 * 112 * 112);
    let at = 0;
    for await (const { tensor } of prepareFaces(list, preparation, { batch: 50 })) {
      inputs.set(tensor, at);
      at += tensor.length;
    }
    await closePicturePool();

    const { model } = freeBatch(Model.read(NETWORK));
    if (model === undefined) throw new Error('The batch of the network could not be rewritten.');
    const free = join(folder, 'free.onnx');
    model.write(free);
    const shipped = await InferenceSession.create(NETWORK);
    const rewritten = await InferenceSession.create(free);
    const plan: NetworkPlan = {
      ...{ paths: [free], inputName: shipped.inputNames[0], outputs: shipped.outputNames },
      ...{ preparation, graphBatch: 'free', flip: false },
    };
    const ours = async (): Promise<number> => {
      let count = 0;
      const { seconds } = await engine.run<EmbedTaskInput, EmbedTaskOutput>(
        TASK,
        { plan, faces: list, device: 'cpu' },
        {
          onPart: ({ faces }: EmbedPart) => {
            count += faces.length;
          },
        },
      );
      if (count !== list.length) throw new Error(`${list.length - count} faces were rejected.`);
      return list.length / seconds;
    };
    const rates = { ours: [] as number[], one: [] as number[], many: [] as number[] };
    await bare(shipped, inputs, 50, 1);
    await bare(rewritten, inputs, 48, PEER_BATCH);
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      rates.one.push(await bare(shipped, inputs, list.length, 1));
      rates.ours.push(await ours());
      rates.many.push(await bare(rewritten, inputs, list.length, PEER_BATCH));
    }
    const rate = median(rates.ours);
    return (
      [
        ['as shipped, batch 1', rates.one],
        [`batch rewritten to ${PEER_BATCH}`, rates.many],
      ] as const
    ).map(([how, peer]) => ({
      name: `Embed ${list.length} ${what} by MobileFaceNet, from JPEG file to row, against ONNX Runtime alone (${how})`,
      ours: `${rate.toFixed(0)} faces/s`,
      peer: `${median(peer).toFixed(0)} faces/s`,
      ratio: rate / median(peer),
      goal: '≥ 0.9 × bare ONNX Runtime over ready tensors',
      met: rate >= 0.9 * median(peer),
    }));
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const bench: Bench = { name: 'Embedding', run };
