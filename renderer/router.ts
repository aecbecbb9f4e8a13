import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router';

/** The views in the order of the side bar; `key` is the second key after 'g'. */
export const VIEWS = [
  { name: 'cohorts', title: 'Cohorts', key: 'c', view: () => import('./cohorts/CohortsView.vue') },
  { name: 'annotate', title: 'Annotate', key: 'a', view: () => import('./annotate/AnnotateView.vue') },
  { name: 'map', title: 'Map', key: 'm', view: () => import('./map/MapView.vue') },
] as const;

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'start', component: () => import('./start/StartView.vue') },
  ...VIEWS.map(({ name, view }) => ({ path: `/${name}`, name, component: view })),
  // An address of another version, or a mistyped one.
  { path: '/:rest(.*)*', redirect: '/' },
];

export const createVisageRouter = () => createRouter({ history: createWebHashHistory(), routes });
