import { ATTRIBUTES } from '../../attributes/attributes.ts';
import { openDifferences } from '../../jobs/agreement/differences.ts';
import { agreement } from '../../jobs/agreement.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { wholeOption } from '../selection.ts';

const figure = (value: number | null): string => (value === null ? '—' : value.toFixed(3));
const percent = (value: number | null): string => (value === null ? '—' : `${(100 * value).toFixed(1)} %`);

export const command: Command = {
  configure(commander) {
    commander
      .argument('<project>', 'the .visage folder')
      .option('--annotator <names...>', 'compare these (default: every person who labelled)')
      .option('--attribute <names...>', 'only these attributes (default: all)')
      .option('--limit <n>', 'most differences to list', '20')
      .addHelpText(
        'after',
        `
Compared is each person's latest own judgement. 'unknown' counts as nothing said, and decisions between annotators
are left out. κ is Cohen's, α is Krippendorff's for nominal values; '—' where a figure is not defined.

Examples:
  visage agreement P.visage
  visage agreement P.visage --annotator ana ben --attribute race --json`,
      );
  },
  async run([path], options, { signal }) {
    const words = (given: unknown): string[] | undefined =>
      (given as string[] | undefined)?.flatMap((text) => text.split(','));
    const limit = wholeOption(options.limit, '--limit');
    const project = Project.open(path, { readOnly: true });
    try {
      const result = agreement(
        project,
        { annotators: words(options.annotator), attributes: words(options.attribute) },
        { signal },
      );
      const names = result.annotators.map(({ name }) => name);
      const wanted = new Set(result.attributes.map(({ attribute }) => attribute));
      const open = openDifferences(project, { annotators: names });
      const rows = [...open.faces.keys()].filter((i) => wanted.has(ATTRIBUTES[open.attributes[i]].name));
      const differences = rows.slice(0, limit).map((i) => {
        const { name, values } = ATTRIBUTES[open.attributes[i]];
        const said = Object.fromEntries(
          names.flatMap((annotator, a) =>
            open.values[a][i] < 0 ? [] : [[annotator, values[open.values[a][i]]]],
          ),
        );
        return { face: open.faces[i], attribute: name as string, said };
      });
      const text =
        names.length < 2
          ? ['Fewer than two persons have labelled: there is nothing to compare.']
          : [
              `Annotators: ${result.annotators.map(({ name, labels, faces }) => `${name} (${labels} labels, ${faces} faces)`).join(', ')}.`,
              ...result.attributes.flatMap(
                ({ attribute, faces, agreement: equal, alpha, pairs, open: left }) => [
                  `${attribute}: ${faces} faces by two or more, ${percent(equal)} equal, α ${figure(alpha)}, ${left} differences open`,
                  ...pairs
                    .filter((pair) => pair.faces > 0)
                    .map(
                      (pair) =>
                        `  ${pair.first} – ${pair.second}: ${pair.faces} faces, ${percent(pair.agreement)}, κ ${figure(pair.kappa)}`,
                    ),
                ],
              ),
              ...differences.map(
                ({ face, attribute, said }) =>
                  `face ${face}, ${attribute}: ${Object.entries(said)
                    .map(([name, value]) => `${name} '${value}'`)
                    .join(', ')}`,
              ),
              ...(rows.length > differences.length
                ? [`${differences.length} of ${rows.length} differences are shown (--limit).`]
                : []),
            ];
      return { json: { ...result, differences }, text };
    } finally {
      project.close();
    }
  },
};
