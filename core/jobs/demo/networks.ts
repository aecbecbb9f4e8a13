import { fileURLToPath } from 'node:url';

/** A network that comes with the program, and what the demo shows of it. */
export interface DemoNetwork {
  /** Name in the project, and of its folder. */
  name: string;
  /** As the thesis calls it. */
  title: string;
  taps: string[];
  /** Tap whose clusters are compared: pooled layers for the baseline, routing vectors for the others (thesis §5.3). */
  clustered: 'pooled' | 'routing';
  /** Whether its own classifier assigns clusters too. */
  classifier: boolean;
}

/** The folder of networks that come with the program; its README says how they were trained. */
const NETWORK_FOLDER = fileURLToPath(new URL('../../../assets/models/', import.meta.url));

/** CondFace beside what it is compared with in thesis Table 5.1. */
export const DEMO_NETWORKS: readonly DemoNetwork[] = [
  {
    ...{ name: 'condface-demo', title: 'CondFace', clustered: 'routing', classifier: true },
    taps: ['embedding', 'pooled', 'routing', 'clusters'],
  },
  {
    ...{ name: 'dc-demo', title: 'DC', clustered: 'routing', classifier: false },
    taps: ['embedding', 'routing'],
  },
  {
    ...{ name: 'bl-demo', title: 'BL', clustered: 'pooled', classifier: false },
    taps: ['embedding', 'pooled'],
  },
];

/** What `addModel` takes to add one. */
export const demoFiles = ({ name }: DemoNetwork): { files: string[]; manifest: string } => ({
  files: [`${NETWORK_FOLDER}${name}/network.onnx`],
  manifest: `${NETWORK_FOLDER}${name}/manifest.json`,
});
