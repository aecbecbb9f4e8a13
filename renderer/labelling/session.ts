/**
 * What one annotator did since this window began to be used for labelling. Honest by definition: a label is one
 * attribute of one face; a decision is one key press or click, however many faces it set.
 */
export interface Session {
  labels: number;
  decisions: number;
  /** Milliseconds at work: the time between decisions, of which a pause counts at most a minute. */
  active: number;
  /** Clock at the last decision; 0 before the first. */
  last: number;
  /** Labels of single faces of which a model had said something before, and those that said the same. */
  compared: number;
  agreed: number;
  /** Labels that were taken over from a suggestion by one key. */
  accepted: number;
}

export const newSession = (): Session => ({
  labels: 0,
  decisions: 0,
  active: 0,
  last: 0,
  compared: 0,
  agreed: 0,
  accepted: 0,
});

const LONGEST_PAUSE = 60_000;

export interface Decision {
  labels: number;
  compared: number;
  agreed: number;
  accepted: number;
}

export function decided(session: Session, decision: Decision, now: number): Session {
  const since = session.last === 0 ? 0 : Math.min(now - session.last, LONGEST_PAUSE);
  return {
    labels: session.labels + decision.labels,
    decisions: session.decisions + 1,
    active: session.active + since,
    last: now,
    compared: session.compared + decision.compared,
    agreed: session.agreed + decision.agreed,
    accepted: session.accepted + decision.accepted,
  };
}

/** Labels per minute at work; null while too little was done to say. */
export const labelsPerMinute = ({ labels, active, decisions }: Session): number | null =>
  decisions < 3 || active < 1000 ? null : labels / (active / 60_000);

/** Share of labels on which the annotator said what a model had said; null when nothing can be compared. */
export const modelAgreement = ({ compared, agreed }: Session): number | null =>
  compared === 0 ? null : agreed / compared;
