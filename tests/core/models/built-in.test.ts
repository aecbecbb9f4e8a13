import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { planModel } from '../../../core/models/add.ts';
import { BUILT_IN_WEIGHTS } from '../../../core/models/built-in.ts';
import { FACE_API_NETWORKS } from '../../../core/models/faceapi/networks.ts';

describe('networks that come with the program', () => {
  test.each(FACE_API_NETWORKS.map(({ name }) => name))(
    '%s is ready by its name alone: recognised, verified, with a licence',
    (name) => {
      const { manifest, recognised, verified, remarks } = planModel([name]);
      expect({ name: manifest.name, recognised, verified, remarks }).toEqual({
        name,
        recognised: true,
        verified: true,
        remarks: [],
      });
      expect(manifest.licence).toBe('MIT');
      expect(manifest.files[0].sha256).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  test('rebuilding gives the same bytes each time', () => {
    expect(planModel(['face-api-landmarks']).hash).toBe(planModel(['face-api-landmarks']).hash);
  });

  test('a name that is neither a file nor a network says what there is', () => {
    expect(() => planModel(['face-api'])).toThrow(
      /There is no file 'face-api', and no network of that name comes with Visage \(face-api-ssd, /,
    );
  });

  test('the package of the weights is the pinned one', () => {
    const { version, license } = JSON.parse(readFileSync(`${BUILT_IN_WEIGHTS}/../package.json`, 'utf8'));
    expect({ version, license }).toEqual({ version: '1.7.15', license: 'MIT' });
  });
});
