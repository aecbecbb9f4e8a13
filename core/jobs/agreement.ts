import { krippendorffAlpha, pairAgreement } from '../attributes/agreement.ts';
import { ATTRIBUTES, attributeIndex } from '../attributes/attributes.ts';
import { Fault } from '../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../foundation/progress.ts';
import type { ProjectStore } from '../project/store.ts';
import { differencesIn } from './agreement/differences.ts';
import { judgementsOf } from './agreement/judgements.ts';
import { attributesOf } from './heads.ts';

export interface AgreementInput {
  /** Default: every person who labelled. */
  annotators?: readonly string[];
  /** Default: all five. */
  attributes?: readonly string[];
}

/** Two annotators about one attribute, over the faces of which both said a value. */
export interface AnnotatorPair {
  first: string;
  second: string;
  faces: number;
  /** Share of equal values; null without a common face. */
  agreement: number | null;
  /** Cohen's κ; null where it is not defined (no common face, or one and the same value throughout). */
  kappa: number | null;
  /** Faces by value of the first (rows) and the second (columns). */
  confusion: number[][];
}

/** Agreement about one attribute. */
export interface AttributeAgreement {
  attribute: string;
  /** Faces of which at least two annotators said a value. */
  faces: number;
  /** Share of equal values among all pairs of annotators on these faces; null without one. */
  agreement: number | null;
  /** Krippendorff's α (nominal) over all annotators; null where it is not defined. */
  alpha: number | null;
  pairs: AnnotatorPair[];
  /** Faces on which annotators differ, and of these the ones that nobody has decided since. */
  differing: number;
  open: number;
}

/** What `visage agreement --json` prints. */
export interface AgreementResult {
  annotators: { name: string; labels: number; faces: number }[];
  attributes: AttributeAgreement[];
  seconds: number;
}

const defined = (value: number): number | null => (Number.isFinite(value) ? value : null);

/**
 * How far persons agree: per attribute the share of equal values, Cohen's κ of every pair (Cohen 1960) and
 * Krippendorff's α over all (Krippendorff 2011). Compared are each person's latest own judgements: an 'unknown' counts
 * as nothing said, and decisions between annotators ('reconcile') are left out, because who decides has seen the others.
 * @throws Fault for an annotator who labelled nothing
 */
export function agreement(
  project: ProjectStore,
  { annotators, attributes }: AgreementInput = {},
  { signal }: WorkOptions = {},
): AgreementResult {
  const begun = performance.now();
  const names = attributesOf(attributes);
  const said = project.personLabels();
  for (const name of annotators ?? []) {
    if (!said.annotators.includes(name)) {
      const allowed = said.annotators.length > 0 ? said.annotators.join(', ') : 'nobody has labelled yet';
      throw new Fault(`No label stands by an annotator '${name}'; allowed: ${allowed}.`);
    }
  }
  const chosen = [...new Set(annotators ?? said.annotators)];
  const result = names.map((name): AttributeAgreement => {
    throwIfCancelled(signal);
    const attribute = attributeIndex(name) ?? -1;
    const classes = ATTRIBUTES[attribute].values.length;
    const { columns } = judgementsOf(said, attribute, chosen);
    const pairs: AnnotatorPair[] = [];
    let compared = 0;
    let equal = 0;
    for (let i = 0; i < chosen.length; i++) {
      for (let j = i + 1; j < chosen.length; j++) {
        const pair = pairAgreement(columns[i], columns[j], classes);
        compared += pair.faces;
        if (pair.faces > 0) equal += pair.agreement * pair.faces;
        pairs.push({
          first: chosen[i],
          second: chosen[j],
          faces: pair.faces,
          agreement: defined(pair.agreement),
          kappa: defined(pair.kappa),
          confusion: confusionOf(columns[i], columns[j], classes),
        });
      }
    }
    const { alpha, faces } = krippendorffAlpha(columns, classes);
    const differences = differencesIn(said, attribute, chosen);
    return {
      attribute: name,
      faces,
      agreement: defined(equal / compared),
      alpha: defined(alpha),
      pairs,
      differing: differences.length,
      open: differences.filter(({ decided }) => !decided).length,
    };
  });
  return {
    annotators: chosen.map((name) => {
      const index = said.annotators.indexOf(name);
      const faces = new Set<number>();
      let labels = 0;
      for (let i = 0; i < said.faces.length; i++) {
        if (said.annotator[i] !== index || said.reconciled[i] || said.values[i] < 0) continue;
        labels++;
        faces.add(said.faces[i]);
      }
      return { name, labels, faces: faces.size };
    }),
    attributes: result,
    seconds: (performance.now() - begun) / 1000,
  };
}

function confusionOf(first: Int8Array, second: Int8Array, classes: number): number[][] {
  const table = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < first.length; i++) if (first[i] >= 0 && second[i] >= 0) table[first[i]][second[i]]++;
  return table;
}
