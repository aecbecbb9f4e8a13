import { parentPort, workerData } from 'node:worker_threads';
import { type CrewData, crewThread } from './crew.ts';

parentPort?.postMessage('ready');
crewThread(workerData as CrewData);
