// face-api.js itself, as its npm package brings it, over one picture per network: what the rebuilt graphs are held against.
// Reads {folder, pictures: [{stem, network, side, values}]} from stdin, prints the outputs. Runs in a process of its own:
// the bundle takes Node for a browser while it loads, and brings a TensorFlow.js of its own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const { package: module, folder, pictures } = JSON.parse(readFileSync(0, 'utf8'));
const own = globalThis.process;
globalThis.process = undefined;
const faceapi = await import(module);
globalThis.process = own;

const { tf, env } = faceapi;
tf.env().setPlatform('plain', {
  now: () => performance.now(),
  encode: (text) => new TextEncoder().encode(text),
  decode: (bytes) => new TextDecoder().decode(bytes),
  isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
  setTimeoutCustom: setTimeout,
});
await tf.setBackend('cpu');
class Nothing {}
env.setEnv({
  Canvas: Nothing,
  CanvasRenderingContext2D: Nothing,
  Image: Nothing,
  ImageData: Nothing,
  Video: Nothing,
  createCanvasElement: () => new Nothing(),
  createImageElement: () => new Nothing(),
  createVideoElement: () => new Nothing(),
  readFile: async () => undefined,
});

const outputs = {};
for (const { stem, network, side, values } of pictures) {
  const [{ weights }] = JSON.parse(readFileSync(join(folder, `${stem}-weights_manifest.json`), 'utf8'));
  const shard = readFileSync(join(folder, `${stem}.bin`));
  const net = new faceapi[network]();
  net.loadFromWeightMap(tf.io.decodeWeights(Uint8Array.from(shard).buffer, weights));
  const input = await faceapi.toNetInput(tf.tensor4d(values, [1, side, side, 3]));
  const found = await net.forwardInput(input, side);
  const plain = (value) =>
    Array.isArray(value) ? plain(value[0]) : { shape: value.shape, data: [...value.dataSync()] };
  outputs[stem] = found.dataSync
    ? { output: plain(found) }
    : Object.fromEntries(Object.entries(found).map(([name, value]) => [name, plain(value)]));
}
console.log(JSON.stringify(outputs));
