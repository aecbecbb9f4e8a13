import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

/** Bundles the window once for both hosts. Paths are relative, so that app:// and http:// serve the same files. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [vue()],
  build: {
    outDir: fileURLToPath(new URL('../dist/renderer', import.meta.url)),
    emptyOutDir: true,
    target: 'chrome140',
    sourcemap: true,
    // Whoever starts Visage need not read where the bundler's time went.
    rolldownOptions: { checks: { bundlerTimings: false } },
    // plotly's basic bundle alone is over a megabyte; it is loaded only by the views that draw charts.
    chunkSizeWarningLimit: 1500,
  },
});
