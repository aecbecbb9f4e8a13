import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { createOrtEngine } from '../../../../core/engine/ort/engine.ts';
import { square } from '../../../../core/engine/ort/square.ts';
import { GraphBuilder } from '../../../../core/graph/builder.ts';

/**
 * A process of its own that prints how many products of 1e-40 and 1e10 are not 0, first on this thread, then on another one,
 * with one thread per session and with two. Its first session is the one that its argument names.
 */
const COUNT = 1 << 20;

async function countProducts(threads: number): Promise<number> {
  const builder = new GraphBuilder('products');
  const x = builder.input('x', [COUNT]);
  const y = builder.input('y', [COUNT]);
  const engine = createOrtEngine();
  const model = builder.model([builder.op('Mul', [x, y])]);
  const session = await engine.open(model.encode(), { device: 'cpu', threads });
  const dims = [COUNT];
  const results = await session.run({
    [x.name]: { type: 'float32', dims, data: new Float32Array(COUNT).fill(1e-40) },
    [y.name]: { type: 'float32', dims, data: new Float32Array(COUNT).fill(1e10) },
  });
  const [{ data }] = Object.values(results);
  const kept = (data as Float32Array).reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
  await session.dispose();
  return kept;
}

const counts = async (): Promise<number[]> => [await countProducts(1), await countProducts(2)];

if (isMainThread) {
  if (process.argv[2] === 'trial') await square('cpu', 4);
  const here = await counts();
  const there = await new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url));
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  process.stdout.write(JSON.stringify({ here, there }));
} else {
  parentPort?.postMessage(await counts());
}
