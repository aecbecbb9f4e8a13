// TensorFlow.js (with its converter and layers, as the npm package @vladmandic/face-api bundles them), in a process of its
// own: the bundle takes Node for a browser while it loads. Reads a job from stdin, prints outputs as JSON.
//   {kind: 'graphs', runs: [{path, input, shape, outputs}, …]}: runs graph models over one input each
//   {kind: 'layers', folder, models: {name: [[class, arguments], …]}}: makes Keras models with seeded weights, saves each as
//     folder/name.json and .bin, and runs them over a seeded input
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const job = JSON.parse(readFileSync(0, 'utf8'));
const own = globalThis.process;
globalThis.process = undefined;
const { tf } = await import(job.package);
globalThis.process = own;
tf.env().setPlatform('plain', {
  now: () => performance.now(),
  encode: (text) => new TextEncoder().encode(text),
  decode: (bytes) => new TextDecoder().decode(bytes),
  isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
  setTimeoutCustom: setTimeout,
});
await tf.setBackend('cpu');

const plain = (tensor) => ({ shape: tensor.shape, data: [...tensor.dataSync()] });
const wave = (size, at) => Float32Array.from({ length: size }, (_, i) => Math.sin(0.37 * i + at));

async function graph({ path, input, shape, outputs }) {
  const json = JSON.parse(readFileSync(path, 'utf8'));
  const groups = json.weightsManifest;
  const shards = groups.flatMap(({ paths }) => paths.map((name) => readFileSync(join(dirname(path), name))));
  const model = await tf.loadGraphModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      format: 'graph-model',
      signature: json.signature,
      weightSpecs: groups.flatMap(({ weights }) => weights),
      weightData: Uint8Array.from(Buffer.concat(shards)).buffer,
    }),
  );
  const found = model.execute({ [model.inputNodes[0]]: tf.tensor(input, shape) }, outputs);
  return (Array.isArray(found) ? found : [found]).map(plain);
}

async function layers({ folder, models }) {
  const results = {};
  for (const [name, list] of Object.entries(models)) {
    const model = tf.sequential();
    for (const [kind, args] of list) model.add(tf.layers[kind](args));
    model.setWeights(
      model.getWeights().map((weight, i) => {
        // A variance is positive.
        const values = wave(weight.size, i).map(
          (v) => 0.4 * v + (model.weights[i].name.includes('variance') ? 1 : 0),
        );
        return tf.tensor(values, weight.shape);
      }),
    );
    await model.save(
      tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
        const manifest = [{ paths: [`${name}.bin`], weights: weightSpecs }];
        const bytes = Array.isArray(weightData)
          ? Buffer.concat(weightData.map((b) => Buffer.from(b)))
          : Buffer.from(weightData);
        writeFileSync(join(folder, `${name}.bin`), bytes);
        writeFileSync(
          join(folder, `${name}.json`),
          JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest: manifest }),
        );
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const shape = [2, ...model.inputs[0].shape.slice(1)];
    const input = wave(
      shape.reduce((a, b) => a * b, 1),
      0.5,
    );
    results[name] = { shape, input: [...input], output: plain(model.predict(tf.tensor(input, shape))) };
  }
  return results;
}

async function graphs({ runs }) {
  const results = [];
  for (const run of runs) results.push(await graph(run).catch((thrown) => String(thrown)));
  return results;
}

console.log(JSON.stringify(await { graphs, layers }[job.kind](job)));
