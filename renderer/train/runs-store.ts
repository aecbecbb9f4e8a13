import { defineStore } from 'pinia';
import { computed, nextTick, shallowRef, watch as watchValue } from 'vue';
import type { CurveNews, TrainingRun, WholeCurve } from '../../core/contract/procedures/training.ts';
import type { VisageClient } from '../../core/contract/visage.ts';
import { useNotices } from '../shell/notices.ts';
import { useFaces } from '../workspace/faces-store.ts';
import { joined, MOST_ROWS } from './curve.ts';
import { paced } from './paced.ts';

/** How often a read-only view looks what another process has trained. */
const LOOK_MS = 2000;

/** The project's runs, and the curves of those that are looked at as they grow. */
export const useRuns = defineStore('runs', () => {
  const faces = useFaces();
  const notices = useNotices();
  const runs = shallowRef<TrainingRun[] | null>(null);
  /** Folders that hold a damaged record, a sentence each. */
  const problems = shallowRef<string[]>([]);
  const curves = shallowRef<ReadonlyMap<string, WholeCurve>>(new Map());
  const named = computed(() => new Map((runs.value ?? []).map((run) => [run.name, run])));
  let client: VisageClient | undefined;
  let watched: readonly string[] = [];
  /** News of curves whose beginning is on its way. */
  const early = new Map<string, CurveNews[]>();

  const put = (name: string, curve: WholeCurve): void => {
    curves.value = new Map(curves.value).set(name, curve);
  };

  async function load(): Promise<void> {
    if (client === undefined || faces.summary === null) return;
    const project = faces.summary.path;
    const found = await notices.attempt(async () => (client as VisageClient).call('runs.list', {}));
    if (found === undefined || faces.summary?.path !== project) return;
    runs.value = found.runs;
    problems.value = found.problems;
  }

  async function loadCurve(name: string): Promise<void> {
    if (client === undefined || early.has(name)) return;
    early.set(name, []);
    const project = faces.summary?.path;
    const curve = await notices.attempt(() =>
      (client as VisageClient).call('runs.curve', { run: name, most: MOST_ROWS }),
    );
    // Another project may have a run of this name.
    if (faces.summary?.path !== project) return;
    const news = early.get(name) ?? [];
    early.delete(name);
    if (curve !== undefined && watched.includes(name)) put(name, news.reduce<WholeCurve>(joined, curve));
  }

  function take(news: CurveNews): void {
    const { run } = news;
    early.get(run)?.push(news);
    // A run that began after the list was read.
    if (!named.value.has(run)) void load();
    const curve = curves.value.get(run);
    if (curve === undefined || early.has(run)) return;
    if (curve.steps.length + news.steps.length > 2 * MOST_ROWS) void loadCurve(run);
    else put(run, joined(curve, news));
  }

  const pace = paced<CurveNews>(async (news) => {
    for (const one of news) take(one);
    await nextTick();
    // The charts are drawn by then.
    await new Promise((resolve) => setTimeout(resolve));
  });

  /** Looks at these runs' curves, and lets others go. */
  function watch(names: readonly string[]): void {
    watched = names;
    curves.value = new Map([...curves.value].filter(([name]) => names.includes(name)));
    for (const name of names) if (!curves.value.has(name) && named.value.has(name)) void loadCurve(name);
  }

  /** Follows the host while a view shows runs; the function given back ends it. */
  function follow(to: VisageClient): () => void {
    client = to;
    const states = new Map<number, string>();
    const stops = [
      to.on('runs.curve', pace.take),
      to.on('jobs.changed', ({ id, kind, state, ended }) => {
        if (kind !== 'train' || states.get(id) === state) return;
        states.set(id, state);
        void load();
        // The end of a curve is seen at once, not after a pause.
        if (ended !== null) for (const name of watched) void loadCurve(name);
      }),
      to.on('project.changed', ({ what }) => {
        if (what === 'models') void load();
      }),
    ];
    const timer = setInterval(() => {
      if (!faces.summary?.readOnly || !runs.value?.some(({ state }) => state === 'running')) return;
      void load();
      for (const name of watched) if (named.value.get(name)?.state === 'running') void loadCurve(name);
    }, LOOK_MS);
    return () => {
      for (const stop of stops) stop();
      pace.stop();
      clearInterval(timer);
      watched = [];
      curves.value = new Map();
      client = undefined;
    };
  }

  // Another project is shown, which happens while no view looks at runs, too.
  watchValue(
    () => faces.summary?.path,
    () => {
      runs.value = null;
      problems.value = [];
      curves.value = new Map();
      early.clear();
      void load();
    },
  );

  return { runs, problems, curves, named, load, watch, follow };
});
