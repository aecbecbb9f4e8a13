import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { faceOf } from '../../../core/synthetic/faces.ts';
import { FaceRenderer, type RenderedFace } from '../../../core/synthetic/render.ts';

const weights = resolve(import.meta.dirname, '../../../../shared/assets/weights');
const missing = existsSync(weights) ? '' : ' (skipped: ../shared/assets is not there)';
const quiet = { logSeverityLevel: 3 as const };

function tensor(
  rgb: Uint8Array,
  width: number,
  height: number,
  offset: number,
  scale: number,
  bgr: boolean,
): ort.Tensor {
  const n = width * height;
  const data = new Float32Array(3 * n);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < 3; c++) data[c * n + i] = (rgb[i * 3 + (bgr ? 2 - c : c)] - offset) / scale;
  }
  return new ort.Tensor('float32', data, [1, 3, height, width]);
}

const picture = (face: RenderedFace) =>
  sharp(face.pixels, { raw: { width: face.size, height: face.size, channels: 3 } });

/** The square that FSA-Net expects: 0.4 of the landmarks' size around them; edges are repeated. */
async function looseCrop(face: RenderedFace): Promise<Uint8Array> {
  const { landmarks: l, size } = face;
  const xs = Array.from({ length: 68 }, (_, i) => l[i * 2]);
  const ys = Array.from({ length: 68 }, (_, i) => l[i * 2 + 1]);
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const margin = size;
  const padded = await picture(face)
    .extend({ left: margin, right: margin, top: margin, bottom: margin, extendWith: 'copy' })
    .png()
    .toBuffer();
  const [w, h] = [x1 - x0, y1 - y0];
  return sharp(padded)
    .extract({
      left: Math.round(margin + x0 - 0.4 * w),
      top: Math.round(margin + y0 - 0.4 * h),
      width: Math.round(1.8 * w),
      height: Math.round(1.8 * h),
    })
    .resize(64, 64, { fit: 'fill' })
    .removeAlpha()
    .raw()
    .toBuffer();
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (v: readonly number[]): number => v.reduce((sum, value) => sum + value, 0) / v.length;
  const [ma, mb] = [mean(a), mean(b)];
  const dot = (u: readonly number[], v: readonly number[], mu: number, mv: number): number =>
    u.reduce((sum, value, i) => sum + (value - mu) * (v[i] - mv), 0);
  return dot(a, b, ma, mb) / Math.sqrt(dot(a, a, ma, ma) * dot(b, b, mb, mb));
}

test.skipIf(missing !== '')(`FSA-Net sees the poses that were drawn${missing}`, async () => {
  const names = readdirSync(weights).filter((name) => /^fsanet.*\.onnx$/.test(name));
  const sessions = await Promise.all(
    names.map((name) => ort.InferenceSession.create(resolve(weights, name), quiet)),
  );
  const renderer = new FaceRenderer(160);
  const drawn: number[][] = [[], [], []];
  const seen: number[][] = [[], [], []];
  for (let i = 0; i < 120; i++) {
    const parameters = {
      ...faceOf({ seed: 31, faces: 120, identities: 120 }, i),
      occlusion: 'none' as const,
    };
    const face = renderer.render({ ...parameters, framing: parameters.framing * 0.8 });
    const input = tensor(await looseCrop(face), 64, 64, 127.5, 128, true);
    const sum = [0, 0, 0];
    for (const session of sessions) {
      const output = (await session.run({ [session.inputNames[0]]: input }))[session.outputNames[0]];
      for (let k = 0; k < 3; k++) sum[k] += Number(output.data[k]) / sessions.length;
    }
    [parameters.yaw, parameters.pitch, parameters.roll].forEach((value, k) => {
      drawn[k].push(value);
      seen[k].push(sum[k]);
    });
  }
  expect(correlation(drawn[0], seen[0])).toBeGreaterThan(0.95);
  expect(correlation(drawn[1], seen[1])).toBeGreaterThan(0.85);
  expect(correlation(drawn[2], seen[2])).toBeGreaterThan(0.75);
  const yawError = drawn[0].reduce((sum, yaw, i) => sum + Math.abs(yaw - seen[0][i]), 0) / drawn[0].length;
  expect(yawError).toBeLessThan(5);
});

test.skipIf(missing !== '')(`RFB-320 finds the faces${missing}`, async () => {
  const session = await ort.InferenceSession.create(resolve(weights, 'version-RFB-320.onnx'), quiet);
  const renderer = new FaceRenderer(160);
  let found = 0;
  const faces = 60;
  for (let i = 0; i < faces; i++) {
    const parameters = faceOf({ seed: 32, faces, identities: faces }, i);
    const face = renderer.render({
      ...parameters,
      yaw: parameters.yaw * 0.4,
      pitch: parameters.pitch * 0.5,
      occlusion: 'none',
    });
    const scene = await picture(face)
      .extend({ left: 80, right: 80, top: 40, bottom: 40, background: { r: 120, g: 115, b: 110 } })
      .removeAlpha()
      .raw()
      .toBuffer();
    const output = await session.run({ [session.inputNames[0]]: tensor(scene, 320, 240, 127, 128, false) });
    const scores = output[session.outputNames.find((name) => output[name].dims[2] === 2)!].data;
    let best = 0;
    for (let k = 1; k < scores.length; k += 2) best = Math.max(best, Number(scores[k]));
    if (best > 0.7) found++;
  }
  expect(found / faces).toBeGreaterThan(0.95);
});
