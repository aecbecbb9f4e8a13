import { COLUMNS } from './tables.ts';
import type { Manifest } from './types.ts';

/**
 * The Croissant 1.0 description of an export (MLCommons): what the files are, and one record set over faces.csv. It
 * carries no date, so that the same manifest gives the same bytes.
 */
export function croissant(manifest: Omit<Manifest, 'files'>, csv: { sha256: string; bytes: number }): string {
  const pictures =
    manifest.settings.mode === 'list'
      ? []
      : [...new Set(manifest.faces.map((face) => `${folderOf(face.file)}*`))];
  const name = `${manifest.project}-sub${manifest.settings.perCohort}`;
  const description = {
    '@context': {
      '@language': 'en',
      '@vocab': 'https://schema.org/',
      sc: 'https://schema.org/',
      cr: 'http://mlcommons.org/croissant/',
      rai: 'http://mlcommons.org/croissant/RAI/',
      dct: 'http://purl.org/dc/terms/',
      citeAs: 'cr:citeAs',
      column: 'cr:column',
      conformsTo: 'dct:conformsTo',
      data: { '@id': 'cr:data', '@type': '@json' },
      dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
      examples: { '@id': 'cr:examples', '@type': '@json' },
      extract: 'cr:extract',
      field: 'cr:field',
      fileObject: 'cr:fileObject',
      fileProperty: 'cr:fileProperty',
      fileSet: 'cr:fileSet',
      format: 'cr:format',
      includes: 'cr:includes',
      isLiveDataset: 'cr:isLiveDataset',
      jsonPath: 'cr:jsonPath',
      key: 'cr:key',
      md5: 'cr:md5',
      parentField: 'cr:parentField',
      path: 'cr:path',
      recordSet: 'cr:recordSet',
      references: 'cr:references',
      regex: 'cr:regex',
      repeated: 'cr:repeated',
      replace: 'cr:replace',
      separator: 'cr:separator',
      source: 'cr:source',
      subField: 'cr:subField',
      transform: 'cr:transform',
    },
    '@type': 'sc:Dataset',
    conformsTo: 'http://mlcommons.org/croissant/1.0',
    name,
    description: `${manifest.faces.length} faces of ${manifest.cohorts.length} cohorts, ${manifest.settings.perCohort} per cohort, seed ${manifest.settings.seed}. Attribute labels are impressions that people, data sets or models wrote down (see the *_origin columns), not facts about the persons shown.`,
    distribution: [
      {
        '@type': 'cr:FileObject',
        '@id': 'faces.csv',
        name: 'faces.csv',
        contentUrl: 'faces.csv',
        encodingFormat: 'text/csv',
        contentSize: `${csv.bytes} B`,
        sha256: csv.sha256,
      },
      ...pictures.map((includes) => ({
        '@type': 'cr:FileSet',
        '@id': `pictures:${includes}`,
        name: `pictures in ${includes}`,
        encodingFormat: 'image/*',
        includes,
      })),
    ],
    recordSet: [
      {
        '@type': 'cr:RecordSet',
        '@id': 'faces',
        name: 'faces',
        field: COLUMNS.map((column) => ({
          '@type': 'cr:Field',
          '@id': `faces/${column.name}`,
          name: column.name,
          description: column.description,
          dataType: column.type,
          source: { fileObject: { '@id': 'faces.csv' }, extract: { column: column.name } },
        })),
      },
    ],
  };
  return `${JSON.stringify(description, null, 2)}\n`;
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
