import { readdirSync } from 'node:fs';
import type { Bench, BenchResult } from './bench.ts';

// `npm run bench [-- NAME …]`: runs every *.bench.ts (or the named ones) and prints one table of ratios.
const wanted = process.argv.slice(2);
const files = readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.bench.ts'));
const chosen = files.filter((file) => wanted.length === 0 || wanted.some((name) => file.startsWith(name)));
if (chosen.length === 0) {
  console.error(
    `No benchmark matches ${wanted.join(', ')}. Known: ${files.map((file) => file.replace('.bench.ts', '')).join(', ')}.`,
  );
  process.exit(2);
}

const results: BenchResult[] = [];
for (const file of chosen) {
  const { bench } = (await import(new URL(file, import.meta.url).href)) as { bench: Bench };
  console.error(`${bench.name} …`);
  results.push(...(await bench.run()));
}

console.log('| what | ours | peer | ratio | goal | met |\n| --- | --- | --- | --- | --- | --- |');
for (const { name, ours, peer, ratio, goal, met, note } of results) {
  console.log(
    `| ${name} | ${ours} | ${peer} | ${ratio.toFixed(2)} | ${goal} | ${met ? 'yes' : 'no'}${note ? `: ${note}` : ''} |`,
  );
}
