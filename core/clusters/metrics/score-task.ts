import type { Task } from '../../engine/types.ts';
import { type Labelled, type Scoreboard, type ScoreSettings, scoreboard } from './scoreboard.ts';

export interface ScoreTaskInput {
  data: Labelled;
  settings: ScoreSettings;
}

/** Scores a clustering in the engine process: chance levels of half a million faces take seconds. */
const task: Task<ScoreTaskInput, Scoreboard> = async ({ data, settings }, { signal, progress }) =>
  scoreboard(data, settings, { signal, onProgress: progress });

export default task;
