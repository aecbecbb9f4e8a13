import { runProgram } from '../../../core/cli/program.ts';

/** What a command line gave: exit code, everything written, and the JSON object of --json. */
export interface Ran {
  code: number;
  out: string;
  err: string;
  /** The last line of stdout as an object; undefined where it is none. */
  json: Record<string, unknown>;
}

/**
 * Runs one command line in this process. @param argv the words after 'visage'
 */
export async function run(argv: readonly string[], signal = new AbortController().signal): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await runProgram(
    argv,
    {
      out: {
        write(text) {
          out += text;
        },
      },
      err: {
        write(text) {
          err += text;
        },
      },
    },
    signal,
  );
  let json: Ran['json'] = {};
  const last = out.trimEnd().split('\n').at(-1) ?? '';
  if (argv.includes('--json') && last.startsWith('{')) json = JSON.parse(last) as Ran['json'];
  return { code, out, err, json };
}
