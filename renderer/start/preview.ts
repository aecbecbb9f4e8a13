/** The part of the host's preview of a source that the wizard shows. */
export interface SourcePreview {
  title: string;
  why: string;
  rows: number;
  imported: number;
  rejected: number;
  repaired: number;
  rejects: { file: string; line: number | null; value: string; sentence: string }[];
  says: Record<string, number>;
  root: string | null;
  notes: string[];
}

const SHOWN = 5;

/** What the wizard says of a source before anything is written. */
export function previewLines(preview: SourcePreview): string[] {
  const count = (n: number): string => n.toLocaleString('en-US');
  const says = Object.entries(preview.says).filter(([, faces]) => faces > 0);
  return [
    `${preview.title}, because ${preview.why}.`,
    `${count(preview.imported)} faces of ${count(preview.rows)} rows; ${count(preview.rejected)} rejected, ${count(preview.repaired)} repaired.`,
    says.length > 0
      ? `It says: ${says.map(([what, faces]) => `${what} (${count(faces)})`).join(', ')}.`
      : 'It says nothing beyond the pictures themselves.',
    ...(preview.root === null
      ? ['Its pictures were not found; labels can be read now and the pictures attached later.']
      : []),
    ...preview.rejects
      .slice(0, SHOWN)
      .map(
        ({ file, line, sentence }) =>
          `Rejected: ${file}${line === null ? '' : `, line ${line}`}: ${sentence}`,
      ),
    ...(preview.rejects.length > SHOWN
      ? [`… and ${count(preview.rejects.length - SHOWN)} more rejects.`]
      : []),
    ...preview.notes,
  ];
}
