import './theme/tokens.css';
import './theme/base.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { connectToHost } from './connection/connection.ts';
import { createVisageRouter } from './router.ts';
import { usePreferences } from './shell/preferences.ts';
import { CLIENT } from './workspace/client.ts';

const root = document.querySelector('#app') as HTMLElement;
try {
  const client = await connectToHost();
  const pinia = createPinia();
  // Before anything is shown: the theme, the user's keys and the annotator's name must not change under their hands.
  await usePreferences(pinia).attach(client);
  createApp(App, { client }).provide(CLIENT, client).use(pinia).use(createVisageRouter()).mount(root);
} catch (thrown) {
  const problem = document.createElement('p');
  problem.className = 'problem';
  problem.style.margin = '40px';
  problem.textContent = (thrown as Error).message;
  root.replaceChildren(problem);
}
