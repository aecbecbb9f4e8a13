import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeVerificationSet } from '../../../core/foundation/packed/verification-set.ts';
import { untrainedPlan } from '../../../core/models/architectures/untrained.ts';
import { run } from '../cli/run.ts';

const MODELS = join(import.meta.dirname, '../models');

/** Names of things that the documents write in capitals, or that are larger in life, and what stands for them. */
export const STAND_INS: Readonly<Record<string, string>> = {
  FACE: '33',
  F: 'mobilefacenet:embedding',
  M: 'as4-cosface-1',
  C: 'as4-cosface-1:routing:k4:s0',
  // Numbers of a data set of thousands; the made one has 50 faces.
  '300': '4',
  '200': '1',
};

/** Paths, in the folder of the test. */
export const PATHS: Readonly<Record<string, string>> = {
  'faces.visage': 'faces.visage',
  PROJECT: 'faces.visage',
  P: 'faces.visage',
  '~/data/UTKFace': 'UTKFace',
  '~/data/people': 'people',
  'mobilefacenet.onnx': 'mobilefacenet.onnx',
  'backbone.pth': 'backbone.pth',
  'arcface-r50.onnx': 'arcface-r50.onnx',
  'lfw.bin': 'lfw.bin',
  sub200: 'sub200',
  PAIRS: 'pairs.txt',
  DIR: 'mean-faces',
  'P.visage/runs/NAME': 'faces.visage/runs/as4-cosface-1',
  'weights.safetensors': 'weights.safetensors',
};

/** Added to lines of these commands, which would otherwise work for minutes. */
export const SMALLEST: Readonly<Record<string, readonly string[]>> = {
  train: [
    '--width',
    '0.125',
    '--size',
    '16',
    '--embedding',
    '8',
    '--epochs',
    '1',
    '--batch',
    '4',
    '--device',
    'cpu',
  ],
};

/** Commands whose lines are only parsed, and why. */
export const ONLY_PARSED: Readonly<Record<string, string>> = {
  serve: 'it waits for windows; every spec of tests/e2e opens one on it',
  reproduce: 'its smallest scale trains for a minute; tests/core/jobs/reproduce.test.ts runs it',
};

/** Makes what the stand-ins name: 50 small pictures in two data sets, two networks, a set of pairs. */
export async function makeStandIns(folder: string): Promise<void> {
  const at = (name: string): string => join(folder, name);
  const drawn = await run(['synth', at('drawn'), '--faces', '50', '--identities', '10', '--size', '112']);
  if (drawn.code !== 0) throw new Error(drawn.err);
  const pictures = readdirSync(at('drawn/images'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jpg'))
    .sort();
  mkdirSync(at('UTKFace'));
  pictures.forEach((name, i) => {
    // age_gender_race_time.jpg, thirty of them; the others lie in a folder per person.
    const utk = `UTKFace/${[10, 30, 60][i % 3]}_${i % 2}_${i % 4}_2017010915${String(i).padStart(7, '0')}.jpg.chip.jpg`;
    cpSync(at(join('drawn/images', name)), at(i < 30 ? utk : join('people', name)), { recursive: true });
  });
  const people = pictures.slice(30);
  const pairs = people.flatMap((one, i) =>
    people.slice(i + 1).map((two) => ({ one, two, same: one.slice(0, 5) === two.slice(0, 5) })),
  );
  const some = [
    ...pairs.filter(({ same }) => same).slice(0, 10),
    ...pairs.filter(({ same }) => !same).slice(0, 10),
  ];
  writeFileSync(
    at('pairs.txt'),
    some.map(({ one, two, same }) => `${one}\t${two}\t${same ? 1 : 0}\n`).join(''),
  );
  writeVerificationSet(at('lfw.bin'), {
    pictures: some.flatMap(({ one, two }) =>
      [one, two].map((name) => readFileSync(at(join('people', name)))),
    ),
    same: some.map(({ same }) => same),
  });
  const network = { kind: 'BL', width: 0.125, size: 32, embedding: 16 } as const;
  writeFileSync(
    at('mobilefacenet.onnx'),
    untrainedPlan('mobilefacenet', network).files[0].bytes as Uint8Array,
  );
  const program = `
import importlib, sys
sys.path.insert(0, sys.argv[1])
import torch
net = importlib.import_module('public-networks').ArcFaceIR([2, 2, 2, 2], 16, 112, 32).eval()
torch.save(net.state_dict(), sys.argv[2])`;
  execFileSync('/usr/bin/python3', ['-B', '-W', 'ignore', '-c', program, MODELS, at('backbone.pth')]);
}
