// The technician page's shell, kept for days without a network. Data is no business of this worker:
// the page keeps it in IndexedDB and sends it itself.
//
// The build replaces the two words below by the list of files and by its fingerprint.
import { pageFor, shown } from './push';

const scope = self as unknown as {
  addEventListener(kind: string, listener: (event: never) => void): void;
  skipWaiting(): Promise<void>;
  clients: {
    claim(): Promise<void>;
    matchAll(which: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly Page[]>;
    openWindow(path: string): Promise<unknown>;
  };
  registration: { showNotification(title: string, options: object): Promise<void> };
  location: Location;
};
const FILES: string[] = JSON.parse('__PRECACHE__');
const CACHE = 'campo-__VERSION__';

interface Page {
  url: string;
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}
interface Pushed extends Extendable {
  data: { text(): string } | null;
}
interface Tapped extends Extendable {
  notification: { close(): void; data?: { path?: string } };
}
interface Extendable {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' })));
  await scope.skipWaiting();
}

async function activate(): Promise<void> {
  for (const name of await caches.keys())
    if (name.startsWith('campo-') && name !== CACHE) await caches.delete(name);
  await scope.clients.claim();
}

async function fromCache(request: Request, key: string): Promise<Response> {
  const kept = await (await caches.open(CACHE)).match(key);
  return kept ?? fetch(request);
}

scope.addEventListener('install', (event: Extendable) => event.waitUntil(install()));
scope.addEventListener('activate', (event: Extendable) => event.waitUntil(activate()));
scope.addEventListener('fetch', (event: Fetching) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== scope.location.origin) return;
  const isPage = event.request.mode === 'navigate' && url.pathname === '/tecnico';
  if (isPage || FILES.includes(url.pathname)) event.respondWith(fromCache(event.request, url.pathname));
});

async function open(path: string): Promise<void> {
  const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = pageFor(pages, path);
  if (!page) {
    await scope.clients.openWindow(path);
    return;
  }
  page.postMessage({ type: 'open', path });
  await page.focus();
}

scope.addEventListener('push', (event: Pushed) => {
  const { title, options } = shown(event.data?.text() ?? null);
  event.waitUntil(scope.registration.showNotification(title, options));
});
scope.addEventListener('notificationclick', (event: Tapped) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path ?? '/'));
});
