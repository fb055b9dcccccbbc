// The part of the build that Vite does not do by itself: the customer page's template and the
// service worker's list of files.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of `public/` that the technician page needs offline. */
const STATIC = [
  '/manifest.webmanifest',
  '/favicon.svg',
  '/icons/icon-192.png',
  '/icons/icon-512.png',
  '/icons/maskable-512.png',
];

/** Everything an entry loads, its imports and styles included. */
function closure(manifest, key, seen = new Set()) {
  const entry = manifest[key];
  if (!entry || seen.has(entry.file)) return seen;
  seen.add(entry.file);
  for (const css of entry.css ?? []) seen.add(css);
  for (const next of entry.imports ?? []) closure(manifest, next, seen);
  return seen;
}

/** Fills the customer page's script and style, so that the server need not know hashed names. */
function writeTemplate(root, dist, manifest) {
  const track = manifest['src/track/track.ts'];
  const style = (track.css ?? []).map((file) => `<link rel="stylesheet" href="/${file}">`).join('\n');
  const script = `<script type="module" src="/${track.file}"></script>`;
  const template = readFileSync(join(root, 'track.html'), 'utf8');
  // The head comment is for readers of the source; customers need not load it.
  const page = template
    .replace(/<!--contract[\s\S]*?-->\n?/, '')
    .replace('{{script}}', script)
    .replace('{{style}}', style);
  writeFileSync(join(dist, 'track.html'), page);
}

/** Puts the list of files and its fingerprint into `sw.js`: another build is another worker. */
function writeWorker(dist, manifest) {
  const assets = [...closure(manifest, 'tecnico.html')].map((file) => `/${file}`);
  const files = ['/tecnico', ...assets.sort(), ...STATIC];
  const hash = createHash('sha256').update(readFileSync(join(dist, 'tecnico.html')));
  for (const file of [...assets, ...STATIC]) hash.update(readFileSync(join(dist, file)));
  const path = join(dist, 'sw.js');
  const source = readFileSync(path, 'utf8');
  if (!source.includes('__PRECACHE__')) throw new Error('sw.js has no place for its list of files');
  writeFileSync(
    path,
    source
      .replace(/["'`]__PRECACHE__["'`]/, JSON.stringify(JSON.stringify(files)))
      .replace('__VERSION__', hash.digest('hex').slice(0, 12)),
  );
}

/** The Vite plugin. */
export function pages() {
  let root = '.';
  let dist = 'dist';
  return {
    name: 'campo-pages',
    apply: 'build',
    configResolved(config) {
      root = config.root;
      dist = join(config.root, config.build.outDir);
    },
    closeBundle() {
      const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));
      writeTemplate(root, dist, manifest);
      writeWorker(dist, manifest);
      // Nobody reads the manifest after this; what is in dist is served.
      rmSync(join(dist, '.vite'), { recursive: true });
    },
  };
}
