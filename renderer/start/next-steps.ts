import { noun } from '../../core/contract/noun.ts';
/** What a project holds, as far as the next steps depend on it. */
export interface ProjectState {
  faces: number;
  /** Faces with all five labels. */
  labelled: number;
  /** Tasks of its models. */
  tasks: readonly string[];
  /** Names of models of task 'embedding'. */
  embedders: readonly string[];
  features: readonly string[];
  clusterings: number;
  maps: number;
  exports: number;
}

export interface Step {
  id: string;
  title: string;
  /** Why, or how far it is. */
  says: string;
  done: boolean;
  /** Where one click leads: a view, or a job's form with what can be filled in. */
  to: string;
}

const count = (n: number): string => n.toLocaleString('en-US');
const SAYING = ['pose', 'age-gender', 'fairface', 'attribute'];

/** What a project lacks on the way from pictures to a balanced set and a look inside a network, in working order. */
export function nextSteps(state: ProjectState): Step[] {
  const { faces, labelled, tasks, embedders, features, clusterings, maps, exports } = state;
  const run = (kind: string, more: Record<string, string> = {}): string =>
    `/models?${new URLSearchParams({ tab: 'run', kind, ...more })}`;
  const sayers = tasks.filter((task) => SAYING.includes(task)).length;
  const [embedder] = embedders;
  const best = features.find((name) => name.endsWith(':embedding')) ?? features[0];
  return [
    {
      id: 'faces',
      title: 'Read in faces',
      says: faces > 0 ? `${noun(faces, 'face')}` : 'A folder of pictures or a label file',
      done: faces > 0,
      to: '/add',
    },
    {
      id: 'models',
      title: 'Add a model',
      says:
        tasks.length > 0
          ? `${noun(tasks.length, 'model')}`
          : 'ONNX files: detectors, labellers, networks to look into',
      done: tasks.length > 0,
      to: '/models?tab=models',
    },
    {
      id: 'labels',
      title: sayers > 0 ? 'Pre-label with models' : 'Label',
      says: `${count(labelled)} of ${noun(faces, 'face')} with all five attributes`,
      done: faces > 0 && labelled === faces,
      to: sayers > 0 ? run('prelabel') : '/annotate',
    },
    {
      id: 'embed',
      title: 'Embed the faces',
      says:
        features.length > 0
          ? `${noun(features.length, 'feature set')}`
          : 'Features for clusters, maps and nearest faces',
      done: features.length > 0,
      to: embedder === undefined ? '/models?tab=models' : run('embed', { model: embedder }),
    },
    {
      id: 'cluster',
      title: 'Cluster',
      says: clusterings > 0 ? `${noun(clusterings, 'clustering')}` : 'k-means over features',
      done: clusterings > 0,
      to: run('cluster', best === undefined ? {} : { features: best }),
    },
    {
      id: 'map',
      title: 'Make a map',
      says: maps > 0 ? `${noun(maps, 'map')}` : 't-SNE, UMAP or PCA of features',
      done: maps > 0,
      to: run('map', best === undefined ? {} : { features: best }),
    },
    {
      id: 'export',
      title: 'Export a balanced set',
      says: exports > 0 ? `${noun(exports, 'export')}` : 'N pictures of every cohort',
      done: exports > 0,
      to: '/export',
    },
  ];
}
