import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, test } from 'vitest';
import { useNotices } from '../../../renderer/shell/notices.ts';

beforeEach(() => setActivePinia(createPinia()));

test('a sentence that is said again is shown once, as the newest', () => {
  const notices = useNotices();
  notices.show('info', 'Saved.');
  notices.show('info', 'Exported.');
  notices.show('info', 'Saved.');
  expect(notices.notices.map(({ text }) => text)).toEqual(['Exported.', 'Saved.']);
});

test('a problem and a message of the same words are two', () => {
  const notices = useNotices();
  notices.show('info', 'Saved.');
  notices.show('problem', 'Saved.');
  expect(notices.notices).toHaveLength(2);
});
