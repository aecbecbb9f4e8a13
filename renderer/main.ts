import './theme/tokens.css';
import './theme/base.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { connectToHost } from './connection/connection.ts';
import { createVisageRouter } from './router.ts';
import { CLIENT } from './workspace/client.ts';

const root = document.querySelector('#app') as HTMLElement;
try {
  const client = await connectToHost();
  createApp(App, { client }).provide(CLIENT, client).use(createPinia()).use(createVisageRouter()).mount(root);
} catch (thrown) {
  const problem = document.createElement('p');
  problem.className = 'problem';
  problem.style.margin = '40px';
  problem.textContent = (thrown as Error).message;
  root.replaceChildren(problem);
}
