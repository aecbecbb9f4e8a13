import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ATTRIBUTE_NAMES } from '../attributes/attributes.ts';
import { Fault } from '../foundation/fault.ts';
import { fromInert } from '../foundation/tables/written.ts';
import { type FaceRows, obviousMapping, surveyed } from './columns.ts';
import { jsonTable } from './exported-json.ts';
import { type FaceTable, LabelColumns } from './label-columns.ts';
import { ListedPlaces } from './listed-places.ts';
import { folderOf, nameOf, type SourceListing } from './listing.ts';
import type { OpenOptions, OpenSource, Reader } from './reader.ts';
import { ReadReport } from './report.ts';
import { CsvTable } from './table.ts';

/** One of an export's tables, and how much it says. */
interface Found {
  file: string;
  kind: 'csv' | 'json';
}

/** Columns that only tables of Visage have: a cohort, and who said each of its five digits. */
const OURS = ['cohort', ...ATTRIBUTE_NAMES.map((name) => `${name}_origin`)];

/** The tables of an export, the one that is read first. They say the same; manifest.json has every digit of a number. */
const ORDER = ['faces.csv', 'manifest.json', 'faces.json', 'metadata.csv', 'fairface_label.csv'];

const rankOf = ({ file }: Found): number =>
  (ORDER.indexOf(nameOf(file)) + ORDER.length + 1) % (ORDER.length + 1);

function isOurs(listing: SourceListing, file: string): Found[] {
  const name = nameOf(file).toLowerCase();
  if (/\.(csv|tsv|tab|txt)$/.test(name)) {
    const header = new Set(listing.header(file).map((column) => column.toLowerCase()));
    const holds =
      OURS.every((column) => header.has(column)) && (header.has('file') || header.has('file_name'));
    return holds ? [{ file, kind: 'csv' }] : [];
  }
  if (!name.endsWith('.json')) return [];
  const head = listing.head(file);
  const holds =
    /^\s*\{\s*"format"\s*:\s*"visage-export"/.test(head) ||
    (/^\s*\[\s*\{\s*"file"\s*:/.test(head) && OURS.every((column) => head.includes(`"${column}":`)));
  return holds ? [{ file, kind: 'json' }] : [];
}

/** The csv that a Croissant description is about. @throws Fault when it is about none that lies there */
function describedBy(listing: SourceListing, file: string): string | undefined {
  try {
    const { distribution } = JSON.parse(readFileSync(join(listing.folder, file), 'utf8')) as {
      distribution?: { contentUrl?: unknown; encodingFormat?: unknown }[];
    };
    const csv = distribution?.find(({ encodingFormat }) => encodingFormat === 'text/csv')?.contentUrl;
    return typeof csv === 'string' && !csv.split(/[\\/]/).includes('..') ? csv : undefined;
  } catch {
    return undefined;
  }
}

const isCroissant = (listing: SourceListing, file: string): boolean =>
  nameOf(file).toLowerCase().endsWith('.json') &&
  /"(conformsTo|cr)"\s*:\s*"http:\/\/mlcommons\.org\/croissant\//.test(listing.head(file));

/** The export's folder that a table belongs to, relative to the listing: that of imagefolder's table is one up. */
function homeOf({ file }: Found): string {
  const folder = folderOf(file);
  return nameOf(file) === 'metadata.csv' && nameOf(folder) === 'train' ? folderOf(folder) : folder;
}

/** The tables of each export in a listing, the best of each first. */
function exportsIn(listing: SourceListing): Found[][] {
  const found = listing.files.flatMap((file) => isOurs(listing, file));
  if (found.length === 0 && listing.single && listing.files.some((file) => isCroissant(listing, file))) {
    const csv = describedBy(listing, listing.files[0]);
    // A file that is named alone lists nothing beside it: the csv is looked at by its own path.
    if (csv !== undefined) found.push(...isOurs(listing, csv));
  }
  const homes = Map.groupBy(found, homeOf);
  return [...homes.values()].map((tables) => tables.sort((a, b) => rankOf(a) - rankOf(b)));
}

/** Folder and prefix of a table's paths: those of train/metadata.csv are relative to train/, the export's are not. */
function rootOf(listing: SourceListing, found: Found): { root: string; prefix: string } {
  const folder = dirname(join(listing.folder, found.file));
  return basename(found.file) === 'metadata.csv' && basename(folder) === 'train'
    ? { root: dirname(folder), prefix: 'train/' }
    : { root: folder, prefix: '' };
}

/** Names that several data sets of the export use, which may be different people. */
async function sharedNames(table: FaceTable, at: ReadonlyMap<string, number>): Promise<ReadonlySet<string>> {
  const [source, identity] = [at.get('source'), at.get('identity')];
  const shared = new Set<string>();
  if (source === undefined || identity === undefined) return shared;
  const owner = new Map<string, string>();
  for await (const { cells } of table.rows(new ReadReport())) {
    const name = cells[identity].trim();
    if (name === '') continue;
    const known = owner.get(name);
    if (known === undefined) owner.set(name, cells[source]);
    else if (known !== cells[source]) shared.add(name);
  }
  return shared;
}

/** A csv of ours with its cells as they were before they were made inert for spreadsheets. */
function asWritten(table: FaceTable): FaceTable {
  return {
    name: table.name,
    header: table.header,
    decimalMark: table.decimalMark,
    async *rows(report) {
      for await (const { cells, line } of table.rows(report)) yield { cells: cells.map(fromInert), line };
    },
  };
}

function openExport(listing: SourceListing, found: Found, options: OpenOptions): OpenSource {
  const { root, prefix } = rootOf(listing, found);
  const places = new ListedPlaces(prefix);
  const make = async (): Promise<FaceRows> => {
    const path = join(listing.folder, found.file);
    const table =
      found.kind === 'csv'
        ? asWritten(await CsvTable.open(listing, found.file))
        : jsonTable(path, found.file);
    const columns = { ...obviousMapping(table.header)?.columns, source: 'source' };
    const at = new Map(
      Object.entries(columns).flatMap(([field, column]) => {
        const index = table.header.indexOf(column);
        return index < 0 ? [] : [[field, index] as const];
      }),
    );
    await places.survey(table, at);
    const shared = await sharedNames(table, at);
    const source = at.get('source');
    return {
      table,
      at,
      labels: new LabelColumns(table, at, { own: true }),
      place: (cell) => places.pathOf(cell),
      person: (name, cells) => (source !== undefined && shared.has(name) ? `${cells[source]}/${name}` : name),
      raw: ['source', 'source_path', 'source_key'],
      verbatim: true,
      folders: [places.root ?? root],
    };
  };
  return {
    name: basename(root),
    get roots() {
      return [places.root ?? root];
    },
    get searched() {
      return places.folders;
    },
    fromImages: false,
    ...surveyed(make, options),
  };
}

/** What `visage export` writes, in any layout: labels with who said them and how surely, and pictures with their hashes. */
export const exported: Reader = {
  format: 'visage',
  title: 'Visage export',
  looksFor: `a table that \`visage export\` wrote (${ORDER.join(', ')} or croissant.json), with the columns ${OURS.slice(0, 2).join(', ')} …`,
  match(listing) {
    const exports = exportsIn(listing);
    if (exports.length === 0) return null;
    const why =
      exports.length === 1
        ? `${exports[0][0].file}, which \`visage export\` wrote`
        : `the tables of ${exports.length} exports of Visage`;
    return { score: 1, why };
  },
  open(listing, options): OpenSource {
    const exports = exportsIn(listing);
    if (exports.length !== 1) {
      throw new Fault(
        exports.length === 0
          ? `'${listing.path}' holds no export of Visage: looked for ${exported.looksFor}.`
          : `'${listing.path}' holds ${exports.length} exports (${exports
              .slice(0, 5)
              .map(([best]) => `'${homeOf(best) || '.'}'`)
              .join(', ')}${exports.length > 5 ? ', …' : ''}); name one of the folders.`,
      );
    }
    return openExport(listing, exports[0][0], options);
  },
};
