import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../core/cli/main.ts', import.meta.url));

/**
 * Runs one real command line in a process of its own, as a script would, and gives its JSON object.
 * @throws Error with what it wrote to stderr, when it does not end with 0
 */
export function visage<Result = Record<string, unknown>>(...words: string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...words, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      const last = out.trimEnd().split('\n').at(-1) ?? '';
      if (code === 0) resolve(JSON.parse(last) as Result);
      else reject(new Error(`'visage ${words.join(' ')}' ended with ${code}. ${err}`));
    });
  });
}
