import solid from 'vite-plugin-solid';
import { defineConfig } from 'vitest/config';
import { pages } from './scripts/pages.mjs';

// Three pages with hashed assets, the customer page's template with its script and style filled in,
// and a service worker that knows what the technician page needs. See scripts/pages.mjs.
export default defineConfig({
  base: '/',
  plugins: [solid(), pages()],
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    assetsDir: 'assets',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: true,
    manifest: true,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: {
        login: 'index.html',
        dispatch: 'dispatch.html',
        tecnico: 'tecnico.html',
        track: 'src/track/track.ts',
        sw: 'src/sw/sw.ts',
      },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    proxy: {
      '/api': 'http://127.0.0.1:8080',
      '/ws': { target: 'ws://127.0.0.1:8080', ws: true },
    },
  },
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.mjs'],
    environment: 'node',
  },
});
