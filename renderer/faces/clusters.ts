import type { VisageClient } from '../../core/contract/visage.ts';
import { type FaceColumns, rowOf } from './columns.ts';

/** The cluster of each row, −1 for faces that the clustering leaves out. */
export async function clusterOfRows(
  client: VisageClient,
  columns: FaceColumns,
  clustering: string,
): Promise<Int32Array> {
  const { faces, assignment } = await client.call('clusterings.assignment', { clustering });
  const ofRow = new Int32Array(columns.faces.length).fill(-1);
  for (let i = 0; i < faces.length; i++) {
    const row = rowOf(columns.faces, faces[i]);
    if (row >= 0) ofRow[row] = assignment[i];
  }
  return ofRow;
}

/** Numbers of clusters as the command line counts them ('3, 5-7', from 0); those that there are not are left out. */
export function parseClusters(text: string, k: number): number[] {
  const picked = new Set<number>();
  for (const [, from, to] of text.matchAll(/(\d+)(?:\s*[-–]\s*(\d+))?/g)) {
    for (let n = Number(from); n <= Math.min(k - 1, Number(to ?? from)); n++) picked.add(n);
  }
  return [...picked];
}
