import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ASSETS, HAVE_ASSETS } from './assets.ts';
import { figureTable, tableOf } from './figure.ts';
import { type Acceptance, runAcceptance, SCORED } from './pipeline.ts';

// node tests/acceptance/results.ts: runs the acceptance on real faces and writes its tables into docs/results.md.

const PAGE = fileURLToPath(new URL('../../docs/results.md', import.meta.url));
const BEGIN = '<!-- real faces: written by tests/acceptance/results.ts -->';
const END = '<!-- end of real faces -->';

const hundred = (share: number | null | undefined): string =>
  share === null || share === undefined ? '–' : (100 * share).toFixed(1);

function sectionOf({ figures, scores }: Acceptance): string {
  const clusters = scores.map(({ features, k, source, faces, purity, ami, chance, labelled }) => [
    features ?? '',
    String(k),
    source ?? 'all',
    `${labelled.cohort.toLocaleString('en-US')} of ${faces.toLocaleString('en-US')}`,
    `${hundred(purity.strict)} (${hundred(chance?.purity.strict)})`,
    `${hundred(purity.tolerant)} (${hundred(chance?.purity.tolerant)})`,
    ...SCORED.map((name) => hundred(ami[name])),
  ]);
  return `## Real faces

UTKFace (age, gender, race), LFW (identities) and AFLW2000-3D (pose) in one project, everything by the command line; the
networks are RFB-320, PFLD, the FSA-Net pair, face-api's age and gender, and MobileFaceNet (128 numbers). Made by
\`node tests/acceptance/results.ts\`, which needs the faces and networks beside the checkout; the same run is
\`tests/acceptance/real-faces.test.ts\`.

${figureTable(figures)}

LFW's fold 1 is judged by itself: its 600 pairs, same and different in turn, are cut into ten sub-folds, each judged at the
threshold (squared distance, steps of 0.01) that is best on the other nine. Heads are cross-validated with a person's
faces in one fold. Race is over the four groups that UTKFace's codes map to; its 'Others' has no label.

Clusters of all faces (k-means++, Euclidean, best of 3): purity and AMI × 100 against the labels as they stand; in
brackets what the same clusters give over shuffled labels. The chance level of AMI is 0 by construction. 'pooled' is
the average-pooled output of the last three stages, the thesis's feature for BL. Over all sets most labels of LFW and
AFLW2000 are pre-labels, race among them by a head on these very features; on UTKFace age, gender and race are the
set's own (race of its 'Others' and all poses are pre-labels), so those rows are the ones to judge features by.

${tableOf(['features', 'k', 'set', 'faces with a cohort', 'purity, strict', 'purity, tolerant', ...SCORED.map((name) => `AMI ${name}`)], clusters)}
`;
}

if (!HAVE_ASSETS) {
  console.error(`The real faces are not there ('${ASSETS}'), so there is nothing to run.`);
  process.exit(1);
}
const section = sectionOf(await runAcceptance((step) => console.error(step)));
const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '# Results\n';
const [before, rest] = page.includes(BEGIN) ? page.split(BEGIN) : [`${page.trimEnd()}\n\n`, ''];
const after = rest.includes(END) ? rest.slice(rest.indexOf(END) + END.length) : '\n';
writeFileSync(PAGE, `${before}${BEGIN}\n${section}${END}${after}`);
console.error(`Written to ${PAGE}.`);
