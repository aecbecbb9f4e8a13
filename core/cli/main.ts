import { Cancelled, diskFault, sentenceOf } from '../foundation/fault.ts';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  // better-sqlite3 ends the process without a word on older versions, so this comes before anything is loaded.
  process.stderr.write(
    `Visage needs Node 24 and this is Node ${process.versions.node}. Use 'npm run -s visage -- …', which brings its own.\n`,
  );
  process.exit(1);
}

const { runProgram } = await import('./program.ts');
const cancel = new AbortController();
process.once('SIGINT', () => cancel.abort(new Cancelled()));
process.once('SIGTERM', () => cancel.abort(new Cancelled()));
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that goes away (`visage … | head`) is not an error.
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(
    `${diskFault(error, 'standard output', 'written')?.message ?? sentenceOf(error)} What the command did is done; only its answer is lost.\n`,
  );
  process.exit(1);
});
// What cannot be told there is not told; the work goes on.
process.stderr.on('error', () => {});

process.exitCode = await runProgram(
  process.argv.slice(2),
  { out: process.stdout, err: process.stderr },
  cancel.signal,
);
