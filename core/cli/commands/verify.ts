import { verifyPath } from '../../jobs/verify.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  configure(command) {
    command
      .argument('<folder>', "a project (NAME.visage) or an export (a folder with 'manifest.json')")
      .option('--hashes', 'projects: also read every image and compare its SHA-256')
      .option('--rebuild', 'projects: write the current labels anew from the label events first')
      .addHelpText(
        'after',
        `
Exit code 1 when there are problems.

Examples:
  visage verify faces.visage --hashes
  visage verify exports/balanced --json`,
      );
  },

  async run([path], options, { signal, onProgress }) {
    const { ok, problems, what } = await verifyPath(
      { path, hashes: options.hashes === true, rebuild: options.rebuild === true },
      { signal, onProgress },
    );
    const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
    return {
      json: { ok, problems, what },
      text: ok ? [`The ${what} '${path}' is sound.`] : [...problems, `The ${what} '${path}' has ${count}.`],
      failed: !ok,
    };
  },
};
