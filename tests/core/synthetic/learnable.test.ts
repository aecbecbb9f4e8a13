import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ATTRIBUTE_NAMES } from '../../../core/attributes/attributes.ts';
import type { RenderedFace } from '../../../core/synthetic/render.ts';
import { type RenderSettings, renderFaces } from '../../../core/synthetic/stream.ts';

const SIDE = 64;

/** scikit-learn's cross-validated balanced accuracies from pixels, from one pixel at a time, from the mean colour. */
const SCRIPT = `
import json, sys
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
folder = sys.argv[1]
labels = json.load(open(folder + '/labels.json'))
x = np.fromfile(folder + '/pixels.bin', np.uint8).reshape(len(labels), ${SIDE}, ${SIDE}, 3).astype(np.float32)
y = np.array(labels)
groups = y[:, 5]
n = len(x)
small = x.reshape(n, 32, 2, 32, 2, 3).mean((2, 4))
flat = small.reshape(n, -1)
mean = np.concatenate([x.mean((1, 2)), x.mean((1, 2)) ** 2 / 255], 1)
out = {}
folds = GroupKFold(4)
for a in range(5):
    t = y[:, a]
    def score(model, features):
        return balanced_accuracy_score(t, cross_val_predict(model, features, t, groups=groups, cv=folds))
    logistic = lambda: LogisticRegression(C=0.01, max_iter=400, class_weight='balanced')
    pixels = score(make_pipeline(PCA(120, whiten=True, random_state=0), logistic()), flat)
    colour = score(make_pipeline(StandardScaler(), logistic()), mean)
    # The best single value of the picture by its F statistic, then a shallow tree on it.
    from sklearn.feature_selection import f_classif
    best = np.argsort(-np.nan_to_num(f_classif(flat, t)[0]))[:3]
    one = max(score(DecisionTreeClassifier(max_depth=4, class_weight='balanced', random_state=0), flat[:, [i]]) for i in best)
    out[a] = dict(pixels=pixels, colour=colour, one=one, chance=1 / len(set(t)))
# Identity: every second picture of a person against the means of the others, in a discriminant subspace.
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
z = np.fromfile(folder + '/people.bin', np.uint8).reshape(-1, ${SIDE}, ${SIDE}, 3).astype(np.float32)
who = np.array(json.load(open(folder + '/people.json')))
z = z.reshape(len(z), 32, 2, 32, 2, 3).mean((2, 4)).reshape(len(z), -1)
even = np.arange(len(z)) % 2 == 0
lda = make_pipeline(PCA(80, random_state=0), LinearDiscriminantAnalysis(solver='lsqr', shrinkage='auto')).fit(z[even], who[even])
out['identity'] = dict(accuracy=float((lda.predict(z[~even]) == who[~even]).mean()), chance=1 / len(set(who)))
print(json.dumps(out))
`;

interface Scores {
  pixels: number;
  colour: number;
  one: number;
  chance: number;
}

test('attributes and identity are learnable from pixels, and from no single pixel or mean colour', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'visage-learnable-'));
  try {
    const draw = async (settings: RenderSettings, name: string): Promise<RenderedFace[]> => {
      const pixels = new Uint8Array(settings.faces * SIDE * SIDE * 3);
      const faces: RenderedFace[] = [];
      for await (const face of renderFaces({ ...settings, size: SIDE })) {
        pixels.set(face.pixels, faces.length * SIDE * SIDE * 3);
        faces.push(face);
      }
      writeFileSync(join(folder, `${name}.bin`), pixels);
      return faces;
    };
    // One picture each of many people; many pictures each of a few.
    const crowd = await draw({ seed: 77, faces: 1500, identities: 1500 }, 'pixels');
    const labels = crowd.map((face) => [...face.values, face.parameters.identity]);
    writeFileSync(join(folder, 'labels.json'), JSON.stringify(labels));
    const people = await draw({ seed: 78, faces: 480, identities: 24 }, 'people');
    writeFileSync(
      join(folder, 'people.json'),
      JSON.stringify(people.map((face) => face.parameters.identity)),
    );
    const result = JSON.parse(
      execFileSync('/usr/bin/python3', ['-c', SCRIPT, folder], { encoding: 'utf8' }),
    ) as Record<string, Scores> & { identity: { accuracy: number; chance: number } };
    ATTRIBUTE_NAMES.forEach((name, a) => {
      const { pixels: fromPixels, colour, one, chance } = result[a];
      // People of the test folds were never seen.
      expect(fromPixels, `${name} from pixels`).toBeGreaterThan(chance + 0.1);
      expect(colour, `${name} from the mean colour`).toBeLessThan(0.75);
      expect(one, `${name} from one value of one pixel`).toBeLessThan(0.75);
      expect(fromPixels, `${name}: pixels against mean colour`).toBeGreaterThan(colour);
    });
    expect(result.identity.accuracy).toBeGreaterThan(5 * result.identity.chance);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
