import { foldYears, UTKFACE_RACES } from '../attributes/folding.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import type { NewFace } from '../project/types.ts';
import { folderOf, nameOf, type SourceListing } from './listing.ts';
import { type OpenOptions, type OpenSource, Portions, type Reader } from './reader.ts';
import type { ReadReport } from './report.ts';
import { shareWords } from './share-words.ts';
import { walkImages } from './walk.ts';

/** age_gender_race_timestamp.jpg, with or without '.chip.jpg'; the timestamp has 17 digits. */
const WELL_FORMED = /^\d{1,3}_[01]_[0-4]_\d{17}\.(jpe?g|png)(\.chip\.(jpe?g|png))?$/i;

const ALLOWED = [
  'age in years 0–130',
  'gender 0 (male) or 1 (female)',
  'race 0 (White), 1 (Black), 2 (Asian), 3 (Indian) or 4 (Others)',
];

/** What a file name says, or the sentence of what is wrong with it. */
export function readUtkName(
  name: string,
): Required<Pick<NewFace, 'raw' | 'labels'>> | { value: string; sentence: string } {
  const [age, gender, race, rest] = name.split('_', 4);
  const fields = [age, gender, race];
  const sound = [
    /^\d{1,3}$/.test(age) && foldYears(Number(age)) !== undefined,
    /^[01]$/.test(gender),
    /^[0-4]$/.test(race),
  ];
  const bad = sound.indexOf(false);
  if (bad >= 0 || rest === undefined) {
    const field = Math.max(bad, 0);
    const what =
      rest === undefined
        ? `the name has ${name.split('_').length} parts`
        : `its ${['age', 'gender', 'race'][field]} '${fields[field]}' is not allowed`;
    const allowed =
      rest === undefined ? `age_gender_race_timestamp, with ${ALLOWED.join(', ')}` : ALLOWED[field];
    return {
      value: rest === undefined ? name : (fields[field] ?? name),
      sentence: `the name says no labels: ${what}; allowed: ${allowed}.`,
    };
  }
  return {
    raw: { age, gender, race },
    // UTKFace counts male 0 and female 1, the other way round than the cohort code.
    labels: [foldYears(Number(age)), 1 - Number(gender), UTKFACE_RACES[Number(race)]],
  };
}

async function* namedFaces(
  listing: SourceListing,
  report: ReadReport,
  options: OpenOptions,
): AsyncGenerator<NewFace[]> {
  const portions = new Portions();
  const folders = new Set<string>();
  for await (const path of walkImages(listing.folder, options.signal, report)) {
    report.rows++;
    const name = nameOf(path);
    const read = readUtkName(name);
    if ('sentence' in read) {
      report.reject(path, null, read.value, read.sentence);
      continue;
    }
    if (!WELL_FORMED.test(name)) {
      // Age, gender and race are clear; only what follows them is damaged.
      const { age, gender, race } = read.raw;
      report.repair(path, null, name, `age ${age}, gender ${gender}, race ${race}`);
    }
    if (read.labels[2] === undefined) {
      report.note('%d faces have race 4 (Others), which no group of the five is: kept raw and not labelled.');
    }
    if (folderOf(path) !== '') folders.add(folderOf(path));
    portions.add({ path, ...read });
    if (portions.full) {
      throwIfCancelled(options.signal);
      yield portions.take();
    }
  }
  yield portions.take();
  // UTKFace's own folders are called part1, crop_part1, UTKFace.
  const people = [...folders].filter((folder) => !/^(crop_?)?part_?\d+$|^utkface$/i.test(nameOf(folder)));
  if (people.length > 1) {
    report.note(
      `The images lie in ${people.length.toLocaleString('en-US')} folders ('${people[0]}', '${people[1]}', …). If these are people, --format identities reads them as such; their ages, genders and races were read from the names.`,
    );
  }
}

/** UTKFace: the labels stand in the file names. */
export const utkface: Reader = {
  format: 'utkface',
  title: 'UTKFace',
  looksFor: 'images named age_gender_race_timestamp.jpg (or .jpg.chip.jpg)',
  match(listing) {
    const named = listing.images.filter((image) => WELL_FORMED.test(nameOf(image))).length;
    if (named === 0 || named < 0.9 * listing.images.length) return null;
    return {
      score: 0.95,
      why: shareWords(named, listing.images.length, 'named age_gender_race_timestamp'),
    };
  },
  open(listing, options): OpenSource {
    return {
      name: 'UTKFace',
      roots: [listing.folder],
      fromImages: true,
      faces: (report) => namedFaces(listing, report, options),
    };
  },
};
