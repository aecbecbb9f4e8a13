import { expect, test } from 'vitest';
import { decided, labelsPerMinute, modelAgreement, newSession } from '../../../renderer/labelling/session.ts';

const one = { labels: 1, compared: 0, agreed: 0, accepted: 0 };

test('the rate counts time at work: of a pause, a minute', () => {
  let session = newSession();
  expect(labelsPerMinute(session)).toBeNull();
  session = decided(session, one, 1_000_000);
  session = decided(session, one, 1_003_000);
  expect(labelsPerMinute(session)).toBeNull();
  session = decided(session, { ...one, labels: 50 }, 1_030_000);
  // 52 labels in 30 s.
  expect(labelsPerMinute(session)).toBeCloseTo(104, 10);
  session = decided(session, one, 9_000_000);
  expect(session.active).toBe(90_000);
  expect(session).toMatchObject({ labels: 53, decisions: 4 });
});

test('agreement with the model is of the labels that can be compared', () => {
  let session = newSession();
  expect(modelAgreement(session)).toBeNull();
  session = decided(session, { ...one, compared: 1, agreed: 1, accepted: 1 }, 1);
  session = decided(session, { ...one, compared: 1 }, 2);
  session = decided(session, one, 3);
  expect(modelAgreement(session)).toBe(0.5);
  expect(session.accepted).toBe(1);
});
