import { createRouter, createWebHashHistory, type RouteRecordRaw, RouterView } from 'vue-router';

/** The views in the order of the side bar; `key` is the second key after 'g'. */
export const VIEWS = [
  { name: 'cohorts', title: 'Cohorts', key: 'c', view: () => import('./cohorts/CohortsView.vue') },
  { name: 'annotate', title: 'Annotate', key: 'a', view: () => import('./annotate/AnnotateView.vue') },
  { name: 'map', title: 'Map', key: 'm', view: () => import('./map/MapView.vue') },
  { name: 'clusters', title: 'Clusters', key: 'k', view: () => import('./clusters/board/BoardView.vue') },
  {
    name: 'verification',
    title: 'Verification',
    key: 'v',
    view: () => import('./verification/VerificationView.vue'),
  },
  { name: 'train', title: 'Train', key: 't', view: () => import('./train/TrainView.vue') },
  { name: 'models', title: 'Models, jobs', key: 'j', view: () => import('./models/ModelsView.vue') },
  { name: 'export', title: 'Export', key: 'x', view: () => import('./exports/ExportView.vue') },
] as const;

/** Pages inside a view: its entry in the side bar stays marked. */
const PAGES: Readonly<Record<string, RouteRecordRaw[]>> = {
  clusters: [
    {
      path: ':clustering',
      name: 'clustering',
      component: () => import('./clusters/all/ClusterListView.vue'),
    },
    {
      path: ':clustering/:cluster(\\d+)',
      name: 'cluster',
      component: () => import('./clusters/one/ClusterView.vue'),
    },
  ],
};

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'start', component: () => import('./start/StartView.vue') },
  ...VIEWS.map(
    ({ name, view }): RouteRecordRaw =>
      name in PAGES
        ? {
            path: `/${name}`,
            component: RouterView,
            children: [{ path: '', name, component: view }, ...PAGES[name]],
          }
        : { path: `/${name}`, name, component: view },
  ),
  { path: '/face/:face(\\d+)', name: 'face', component: () => import('./face/FaceView.vue') },
  { path: '/add', name: 'add', component: () => import('./start/AddSource.vue') },
  { path: '/settings', name: 'settings', component: () => import('./settings/SettingsView.vue') },
  // An address of another version, or a mistyped one.
  { path: '/:rest(.*)*', redirect: '/' },
];

export const createVisageRouter = () => createRouter({ history: createWebHashHistory(), routes });
