import { availableParallelism } from 'node:os';
import { attributeIndex } from '../../attributes/attributes.ts';
import type { ProjectStore } from '../../project/store.ts';
import { isTrusted } from '../heads/trusted.ts';
import { LANDMARK_POSE_NAME } from '../prelabel/landmark-pose.ts';
import { unjudgedFaces } from '../quality.ts';
import { type ChosenNetwork, networkFor, networksOf, sayersOf } from './networks.ts';

export const PREPARE_STEPS = [
  'find',
  'quality',
  'label',
  'embed',
  'race',
  'cluster',
  'score',
  'map',
] as const;
export type PrepareStepName = (typeof PREPARE_STEPS)[number];

export interface PrepareInput {
  /** Networks by name, of the project or of those that come with the program; chosen by the plan where they are absent. */
  detector?: string;
  landmarks?: string;
  embedding?: string;
  /** Clusters; fitted to the number of faces where it is absent. */
  k?: number;
  /** Steps that are left out. */
  without?: readonly PrepareStepName[];
  /** One face per picture also where a source is a plain folder of photographs. */
  oneFace?: boolean;
  device?: 'auto' | 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';
}

/** One step of the plan, as it is shown before anything runs. */
export interface PlannedStep {
  step: PrepareStepName;
  title: string;
  /** Networks and feature sets that it uses, by name. */
  uses: string[];
  /** Of those, networks that come with the program and are added when the step begins. */
  adds: string[];
  state: 'to do' | 'done' | 'left out' | 'cannot be done';
  /** Why it is what it is, and what would let it be done. */
  reason: string;
  /** Faces that it has still to look at. */
  faces: number;
  /** What it is likely to take, from this project's own jobs or from measured speeds; null where nothing is to be done. */
  seconds: number | null;
}

export interface PreparePlan {
  faces: number;
  steps: PlannedStep[];
  /** Sum over the steps. */
  seconds: number;
  /** What no step will say, in sentences. */
  missing: string[];
}

/** What the steps run, as the plan found it. */
export interface Chosen {
  detector: ChosenNetwork;
  landmarks: ChosenNetwork | undefined;
  /** Names for `prelabel`. */
  labellers: string[];
  /** Networks among them that come with the program. */
  brought: ChosenNetwork[];
  embedding: ChosenNetwork;
  taps: string[];
  features: string;
  k: number;
}

/** Seconds per face on two cores, measured with the networks that come with the program (docs/results.md). */
const SECONDS: Record<PrepareStepName, number> = {
  find: 0.1,
  quality: 0.004,
  label: 0.02,
  embed: 0.03,
  race: 0.002,
  cluster: 0.002,
  score: 0.001,
  map: 0.008,
};
/** The job whose remembered speed is better than a measured one of another machine. */
const JOB_OF: Partial<Record<PrepareStepName, string>> = {
  find: 'detect',
  quality: 'quality',
  label: 'prelabel',
  embed: 'embed',
};

/** Fewest trusted faces of a race that heads learn from, and fewest races. */
const LEAST_TAUGHT = 10;
const LEAST_VALUES = 2;

/** Clusters for so many faces: the thesis's 30 from 300 faces on, below that ten faces each. */
export const clustersFor = (faces: number): number => Math.max(2, Math.min(30, Math.round(faces / 10)));

/** Trusted labels of race by value, and whether heads could learn from them. */
function canTeachRace(project: ProjectStore, ids: Int32Array): boolean {
  const race = attributeIndex('race') ?? 2;
  const table = project.labelTable(ids);
  const counts = new Map<number, number>();
  for (let i = 0; i < ids.length; i++) {
    if (!isTrusted(table, race, i)) continue;
    const value = table.values[race][i];
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts.values()].filter((count) => count >= LEAST_TAUGHT).length >= LEAST_VALUES;
}

/** Seconds per face of a step: as the latest job of its kind went in this project, else as measured, by cores. */
function costOf(project: ProjectStore, step: PrepareStepName): number {
  const kind = JOB_OF[step];
  const earlier = project.jobs(100).find((job) => job.kind === kind && job.state === 'done');
  const rate = Number((earlier?.result as { facesPerSecond?: number } | null | undefined)?.facesPerSecond);
  return rate > 0 ? 1 / rate : (SECONDS[step] * 2) / availableParallelism();
}

/** Networks for `prelabel`, and those of them that come with the program. */
function labellersOf(
  own: readonly ChosenNetwork[],
  landmarks: boolean,
): Pick<Chosen, 'labellers' | 'brought'> {
  const brought: ChosenNetwork[] = [];
  const labellers = new Set(sayersOf(own, 'yaw').map(({ name }) => name));
  if (labellers.size === 0 && landmarks) labellers.add(LANDMARK_POSE_NAME);
  for (const attribute of ['age', 'gender', 'race']) {
    const sayers = sayersOf(own, attribute);
    for (const { name } of sayers) labellers.add(name);
    if (sayers.length > 0 || attribute === 'race') continue;
    const network = networkFor(own, 'age-gender', undefined) as ChosenNetwork;
    labellers.add(network.name);
    if (network.builtIn && !brought.some(({ name }) => name === network.name)) brought.push(network);
  }
  return { labellers: [...labellers], brought };
}

/** The features that the project's latest clustering is of, where its network is still there: work goes on with them. */
function latestFeatures(project: ProjectStore, own: readonly ChosenNetwork[]) {
  const clustering = project
    .clusterings()
    .toSorted((a, b) => a.time - b.time || a.id - b.id)
    .at(-1);
  const set = project.featureSets().find(({ id }) => id === clustering?.featureSet);
  const network = own.find(({ name }) => name === set?.model);
  return clustering && set && network && set.name === `${network.name}:${set.tap}`
    ? { embedding: network, taps: [set.tap], features: set.name, k: clustering.k }
    : undefined;
}

/** Who is asked for what. @throws Fault for a network that is not there or does something else. */
export function chooseNetworks(project: ProjectStore, input: PrepareInput): Chosen {
  const own = networksOf(project);
  const detector = networkFor(own, 'detector', input.detector) as ChosenNetwork;
  const landmarks = input.landmarks === 'none' ? undefined : networkFor(own, 'landmarks', input.landmarks);
  const first = { detector, landmarks, ...labellersOf(own, landmarks !== undefined) };
  const latest = input.embedding === undefined ? latestFeatures(project, own) : undefined;
  if (latest !== undefined) return { ...first, ...latest, k: input.k ?? latest.k };
  const embedding = networkFor(own, 'embedding', input.embedding) as ChosenNetwork;
  const tapNames = embedding.manifest.taps.map(({ name }) => name);
  const taps = ['embedding', 'pooled', 'routing'].filter((tap) => tapNames.includes(tap));
  // Pooled layers say more of the attributes than an embedding, which is trained to forget them (thesis §5.3).
  const clustered = taps.includes('pooled') ? 'pooled' : (taps[0] ?? embedding.manifest.outputs[0].name);
  return {
    ...{ ...first, embedding, taps, features: `${embedding.name}:${clustered}` },
    k: input.k ?? clustersFor(project.faceCount()),
  };
}

/** What of a feature set stands already: rows, and the clustering and map over just these rows. */
function standing(project: ProjectStore, features: string, k: number) {
  const set = project.featureSets().find(({ name }) => name === features);
  const rows = set?.rows ?? 0;
  const clustering = project
    .clusterings()
    .find(
      (each) =>
        each.featureSet === set?.id && each.k === k && project.clusteringData(each).faces.length === rows,
    );
  const projection = project
    .projections()
    .find((each) => each.featureSet === set?.id && project.projectionData(each).faces.length === rows);
  const scored = clustering !== undefined && project.scores(clustering.id).length > 0;
  return { rows, clustering, projection, scored };
}

/** Faces that an earlier run looked for in vain with the same networks: they are not looked for again. */
function passedOver(project: ProjectStore, { detector, landmarks }: Chosen): ReadonlySet<number> {
  const by = [detector.name, landmarks?.name ?? null];
  const missed = project
    .jobs(100)
    .filter(({ kind, state }) => kind === 'prepare' && state === 'done')
    .flatMap(({ result }) => {
      const { missed: faces, by: who } = (result ?? {}) as { missed?: number[]; by?: unknown };
      return JSON.stringify(who) === JSON.stringify(by) ? (faces ?? []) : [];
    });
  return new Set(missed);
}

/** What `prepare` will do, step by step: with which networks, for how many faces, in what time; and what it cannot. */
export function preparePlan(project: ProjectStore, input: PrepareInput = {}): PreparePlan {
  const chosen = chooseNetworks(project, input);
  const { detector, landmarks, embedding, brought, labellers, features, k } = chosen;
  const everyone = project.select({});
  const passed = passedOver(project, chosen);
  const ids = everyone.filter((id) => !passed.has(id));
  const rowsOf = (tap: string): number =>
    project.featureSets().find(({ name }) => name === `${embedding.name}:${tap}`)?.rows ?? 0;
  const unplaced = unplacedFaces(project, ids).length;
  // Faces that are still to be found are judged afterwards.
  const unjudged = unjudgedFaces(project, ids).length;
  const unembedded = ids.length - Math.min(...chosen.taps.map(rowsOf), ids.length);
  const table = project.labelTable(ids);
  const open = (attribute: string): number =>
    table.values[attributeIndex(attribute) ?? 0].reduce((sum, value) => sum + (value < 0 ? 1 : 0), 0);
  const raceSayers = sayersOf(networksOf(project), 'race').map(({ name }) => name);
  const teachable = raceSayers.length === 0 && canTeachRace(project, ids);
  const race = raceBy(raceSayers, teachable);
  const asked = ['age', 'gender', 'pitch', 'yaw', ...(raceSayers.length > 0 ? ['race'] : [])];
  const made = standing(project, features, k);
  const changed = unplaced > 0 || unembedded > 0;
  const added = (...networks: (ChosenNetwork | undefined)[]): string[] =>
    networks.flatMap((network) => (network?.builtIn ? [network.name] : []));
  const planned = (
    step: PrepareStepName,
    title: string,
    uses: string[],
    faces: number,
    more: { adds?: string[]; cannot?: string; done?: string } = {},
  ): PlannedStep => {
    const out = input.without?.includes(step) === true;
    const state = out
      ? 'left out'
      : more.cannot
        ? 'cannot be done'
        : faces > 0 && !more.done
          ? 'to do'
          : 'done';
    const reasons = {
      'left out': 'You left it out.',
      'to do': '',
      done: more.done ?? 'Nothing is left to do.',
    };
    const todo = state === 'to do';
    return {
      ...{ step, title, uses, adds: more.adds ?? [], state },
      reason: state === 'cannot be done' ? (more.cannot ?? '') : reasons[state],
      faces: todo ? faces : 0,
      seconds: todo ? faces * costOf(project, step) : null,
    };
  };
  const all = (stands: boolean): number => (changed || !stands ? ids.length : 0);
  const steps = [
    planned(
      'find',
      'Find faces and landmarks',
      [detector.name, ...(landmarks ? [landmarks.name] : [])],
      unplaced,
      {
        adds: added(detector, landmarks),
      },
    ),
    planned('quality', 'Judge the quality of the pictures', ['formula'], unjudged),
    planned(
      'label',
      raceSayers.length > 0 ? 'Say pose, age, gender and race' : 'Say pose, age and gender',
      labellers,
      Math.max(...asked.map(open)),
      { adds: added(...brought) },
    ),
    planned('embed', 'Extract features', [embedding.name], unembedded, { adds: added(embedding) }),
    planned('race', 'Learn race from your labels', [`${embedding.name}:embedding`], open('race'), race),
    planned('cluster', `Cluster into ${k}`, [features], all(made.clustering !== undefined)),
    planned('score', 'Score the clusters', [features], all(made.scored)),
    planned('map', 'Draw the map', [features], all(made.projection !== undefined)),
  ];
  return {
    faces: everyone.length,
    steps,
    seconds: steps.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0),
    missing:
      race.cannot && open('race') > 0 ? [`Race stays open for ${open('race')} faces. ${RACE_MISSING}`] : [],
  };
}

const raceBy = (sayers: readonly string[], teachable: boolean): { cannot?: string; done?: string } =>
  sayers.length > 0 ? { done: `Said by ${sayers.join(', ')}.` } : teachable ? {} : { cannot: RACE_MISSING };

/** What a user is told where race is missing. */
export const RACE_MISSING =
  'No network that comes with Visage says race. Add one that does (GEAR or FairFace, see the user guide), or label ten faces each of two groups or more: heads on the embedding then learn from them.';

const CHUNK = 2000;

/** The faces whose five points are not known, in order. */
export function unplacedFaces(project: ProjectStore, ids: Int32Array): Int32Array {
  const found: number[] = [];
  for (let from = 0; from < ids.length; from += CHUNK) {
    for (const { id, points } of project.faces(ids.subarray(from, from + CHUNK)))
      if (points === null) found.push(id);
  }
  return Int32Array.from(found);
}
