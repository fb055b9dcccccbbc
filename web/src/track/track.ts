import type { CustomerLive } from '../socket/frames';
import './track.css';
import { LiveMap } from './live-map';
import { distanceM, Picture, type Place } from './picture';
import {
  countdownWords,
  distanceWords,
  fixWords,
  type Lang,
  LINE_LOST,
  stateWords,
  toVisit,
  type Visit,
  windowWords,
} from './words';

// The customer's page: what the server wrote stays until something newer is known.

const $ = (id: string) => document.getElementById(id);
const data = JSON.parse($('data')?.textContent || '{}') as CustomerLive & {
  org_name?: string;
  home?: Place | null;
  now?: number;
};
/** Many phones' clocks are wrong; the server's was right when it wrote the page. */
const skewMs = data.now ? data.now - Date.now() : 0;
const clockNow = () => Date.now() + skewMs;

let lang: Lang = document.documentElement.lang.startsWith('en') ? 'en' : 'es';
let visit: Visit = toVisit(data);
let isLost = false;
const container = $('picture');
const picture = container && data.home ? new Picture(container, data.home) : null;
const liveMap = container && data.home ? new LiveMap(container, data.home, clockNow, () => lang) : null;

/** Writes only what changed: a live region speaks at every write. */
function write(id: string, text: string): void {
  const element = $(id);
  if (element && element.textContent !== text) element.textContent = text;
}

function drawTechnician(): void {
  const box = $('technician');
  if (!box) return;
  const parts: HTMLElement[] = [];
  const someone = visit.technician;
  if (someone?.photo_url) {
    const photo = document.createElement('img');
    photo.src = someone.photo_url;
    photo.alt = '';
    photo.width = 56;
    photo.height = 56;
    parts.push(photo);
  }
  for (const [name, text] of [
    ['who', someone?.first_name],
    ['vehicle', someone?.vehicle],
  ]) {
    if (!text) continue;
    const line = document.createElement('p');
    line.className = name ?? '';
    line.textContent = text;
    parts.push(line);
  }
  box.replaceChildren(...parts);
}

/** How far away the technician is; nothing where the home is not known. */
function farWords(at: Place): string {
  if (!data.home) return '';
  const far = distanceWords(distanceM(at, data.home), lang);
  return lang === 'es' ? `A ${far}` : `${far} away`;
}

function tick(): void {
  const now = clockNow();
  write('countdown', countdownWords(visit, lang, now));
  const at = visit.status === 'en_camino' ? visit.position : null;
  write('fix', at ? [farWords(at), fixWords(at.at, lang, now)].filter(Boolean).join(' · ') : '');
  write('line', isLost ? LINE_LOST[lang] : '');
}

function draw(): void {
  const now = clockNow();
  document.body.dataset.status = visit.status;
  write('state', stateWords(visit, lang));
  write('window', windowWords(visit, lang, now));
  document.title = `${stateWords(visit, lang)} · ${data.org_name ?? ''}`.replace(/ · $/, '');
  drawTechnician();
  const at = visit.status === 'en_camino' ? visit.position : null;
  if (at) {
    const words = lang === 'es' ? `${farWords(at)} de tu domicilio` : `${farWords(at)}, on the way to you`;
    picture?.show(at, words, visit.route);
    liveMap?.follow(at, visit.route);
  } else {
    picture?.hide();
    liveMap?.hide();
  }
  tick();
}

function drawLanguages(): void {
  const box = $('languages');
  if (!box) return;
  box.replaceChildren(
    ...(['es', 'en'] as const).map((code) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = code.toUpperCase();
      button.lang = code;
      button.setAttribute('aria-label', code === 'es' ? 'ES: Español' : 'EN: English');
      button.setAttribute('aria-pressed', String(code === lang));
      button.onclick = () => choose(code);
      return button;
    }),
  );
}

function choose(code: Lang): void {
  lang = code;
  document.documentElement.lang = code === 'es' ? 'es-AR' : 'en';
  try {
    localStorage.setItem('campo.lang', code);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  drawLanguages();
  draw();
}

const isOver = () => visit.status === 'completed' || visit.status === 'cancelled';

function listen(): void {
  const stream = new EventSource(`${location.pathname.replace(/\/$/, '')}/live`);
  stream.addEventListener('state', (event) => {
    isLost = false;
    visit = toVisit(JSON.parse(event.data) as CustomerLive);
    draw();
    // The end of the visit is the end of the stream; asking again would be noise.
    if (isOver()) stream.close();
  });
  stream.onopen = () => {
    isLost = false;
    tick();
  };
  stream.onerror = () => {
    // Closed for good is the end of the visit (204); otherwise the browser tries again by itself.
    isLost = stream.readyState !== EventSource.CLOSED;
    tick();
  };
}

try {
  const kept = localStorage.getItem('campo.lang');
  if (kept === 'es' || kept === 'en') lang = kept;
} catch {
  // No storage, no memory of a choice.
}
choose(lang);
setInterval(tick, 1000);
if (!isOver()) listen();
