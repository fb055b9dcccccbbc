// The phones of the demonstration: what came by WhatsApp and SMS, and what their owners answer.
'use strict';

const byId = (id) => document.getElementById(id);
const state = { bubbles: new Map(), change: 0, phone: location.hash.slice(1), seen: new Map() };
const hour = new Intl.DateTimeFormat('es-AR', { hour: '2-digit', minute: '2-digit' });
const STATUS = { accepted: ['🕓', 'en camino'], sent: ['✓', 'enviado'], delivered: ['✓✓', 'entregado'], read: ['✓✓', 'leído'], failed: ['✗', 'no llegó'] };

/** An element with text and attributes; text is never markup. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((c) => c !== null && c !== undefined));
  return element;
}

const shown = (phone) => (/^549\d{10}$/.test(phone) ? `+54 9 ${phone.slice(3, 5)} ${phone.slice(5, 9)} ${phone.slice(9)}` : `+${phone}`);
const isWeb = (url) => /^https?:\/\//.test(url);

/** Text with its web addresses to tap on, and WhatsApp's *bold*. */
function linked(text) {
  const line = make('p');
  for (const part of String(text ?? '').split(/(https?:\/\/[^\s]+|\*[^*\n]+\*)/)) {
    if (isWeb(part)) line.append(make('a', { href: part, target: '_blank', rel: 'noreferrer' }, part));
    else if (/^\*[^*]+\*$/.test(part)) line.append(make('strong', {}, part.slice(1, -1)));
    else line.append(part);
  }
  return line;
}

/** A phone's owner, as our own messages greet them. */
function nameOf(phone) {
  for (const bubble of state.bubbles.values()) {
    if (bubble.phone !== phone || bubble.mine) continue;
    const greeted = /^¡?Hola ([^,!\n]{2,40})[,!]/.exec(textOf(bubble));
    if (greeted) return greeted[1];
  }
  return null;
}

function textOf(bubble) {
  const c = bubble.content ?? {};
  switch (bubble.kind) {
    case 'text': return c.body ?? '';
    case 'template': return c.body ?? '';
    case 'interactive': return c.body?.text ?? c.button_reply?.title ?? c.list_reply?.title ?? '';
    case 'button': return c.text ?? '';
    case 'audio': return '🎤 Audio';
    case 'image': return `📷 ${c.caption ?? 'Foto'}`;
    case 'location': return '📍 Ubicación';
    case 'document': return `📄 ${c.filename ?? c.caption ?? 'Documento'}`;
    case 'reaction': return c.emoji || 'Quitó su reacción';
    default: return bubble.kind;
  }
}

async function post(path, body) {
  byId('trouble').textContent = '';
  try {
    const answer = await fetch(path, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error((await answer.json()).error);
    await news();
    return true;
  } catch (error) {
    byId('trouble').textContent = `No salió: ${error.message}`;
    return false;
  }
}

/** The business that this phone talks with: whoever wrote last by WhatsApp. */
function business() {
  const all = [...state.bubbles.values()].filter((b) => b.phone === state.phone && b.via === 'whatsapp');
  return all.at(-1)?.business;
}

function say(what, bubble) {
  const said = { phone: state.phone, name: nameOf(state.phone) ?? 'Cliente', ...what };
  const to = bubble?.business ?? business();
  if (to) said.business = to;
  if (bubble) said.context = bubble.id;
  return post('/say', said);
}

function buttonsOf(bubble) {
  const c = bubble.content ?? {};
  const tap = (title, what) => make('button', { type: 'button', click: () => say(what, bubble) }, title);
  if (bubble.kind === 'template') {
    return (c.buttons ?? []).map((b) => {
      if (b.type === 'url' && /otp_type=COPY_CODE/.test(b.url)) {
        const code = /code=otp(.*)$/.exec(b.url)?.[1] ?? '';
        return make('button', { type: 'button', click: () => navigator.clipboard?.writeText(code) }, `⧉ ${b.text}`);
      }
      if (b.type === 'url' && isWeb(b.url)) return make('a', { href: b.url, target: '_blank', rel: 'noreferrer' }, `↗ ${b.text}`);
      if (b.type === 'call') return make('a', { href: `tel:${b.phone}` }, `📞 ${b.text}`);
      return tap(`↩ ${b.text}`, { quick: { payload: b.payload ?? b.text, text: b.text } });
    });
  }
  if (bubble.kind !== 'interactive' || bubble.mine) return [];
  const action = c.action ?? {};
  if (c.type === 'location_request_message') return [make('button', { type: 'button', click: () => sendPlace(bubble) }, '📍 Enviar ubicación')];
  if (c.type === 'cta_url' && isWeb(action.parameters?.url ?? '')) return [make('a', { href: action.parameters.url, target: '_blank', rel: 'noreferrer' }, action.parameters.display_text)];
  const replies = (action.buttons ?? []).map((b) => tap(`↩ ${b.reply.title}`, { button: b.reply }));
  const rows = (action.sections ?? []).flatMap((s) => s.rows ?? []).map((r) => tap(`☰ ${r.title}`, { row: { id: r.id, title: r.title } }));
  return [...replies, ...rows];
}

function contentOf(bubble) {
  const c = bubble.content ?? {};
  const source = c.id ? `/phones/media/${encodeURIComponent(c.id)}` : isWeb(c.link ?? '') ? c.link : null;
  switch (bubble.kind) {
    case 'image': return [source && make('img', { src: source, alt: c.caption ?? 'Foto', loading: 'lazy' }), c.caption && linked(c.caption)];
    case 'audio': return [source && make('audio', { src: source, controls: '', preload: 'none' })];
    case 'document': return [source ? make('a', { href: source, target: '_blank', rel: 'noreferrer' }, textOf(bubble)) : textOf(bubble), c.caption && linked(c.caption)];
    case 'location': {
      const at = `${c.latitude},${c.longitude}`;
      const url = `https://www.openstreetmap.org/?mlat=${encodeURIComponent(c.latitude)}&mlon=${encodeURIComponent(c.longitude)}#map=17/${encodeURIComponent(c.latitude)}/${encodeURIComponent(c.longitude)}`;
      return [make('a', { href: url, target: '_blank', rel: 'noreferrer' }, `📍 ${c.name ?? at}`), c.address && linked(c.address)];
    }
    case 'template': return [c.header && make('p', { class: 'head' }, c.header), linked(c.body), c.footer && make('p', { class: 'foot' }, c.footer)];
    default: return [linked(textOf(bubble))];
  }
}

function drawn(bubble) {
  const [icon, word] = bubble.mine ? ['', ''] : (STATUS[bubble.status] ?? ['', bubble.status]);
  const via = bubble.via === 'sms' ? 'SMS · ' : '';
  const meta = make('p', { class: `meta ${bubble.mine ? '' : bubble.status}` }, `${via}${hour.format(bubble.at_ms)} ${icon} `, make('span', { class: icon ? '' : 'away' }, word));
  const answered = bubble.context ? state.bubbles.get(bubble.context) : null;
  const quote = answered && make('p', { class: 'quote' }, textOf(answered).slice(0, 120));
  const buttons = buttonsOf(bubble);
  return make('li', { class: bubble.mine ? 'mine' : 'ours', 'data-id': bubble.id, 'data-kind': bubble.kind, 'data-status': bubble.status },
    quote, ...contentOf(bubble), meta, buttons.length ? make('div', { class: 'buttons' }, ...buttons) : null);
}

function drawList() {
  const last = new Map();
  for (const bubble of state.bubbles.values()) last.set(bubble.phone, bubble);
  if (state.phone && !last.has(state.phone)) last.set(state.phone, { at_ms: 0, mine: true, kind: '', content: {} });
  const rows = [...last].sort((a, b) => b[1].at_ms - a[1].at_ms).map(([phone, bubble]) => {
    const unread = [...state.bubbles.values()].filter((b) => b.phone === phone && !b.mine && b.via === 'whatsapp' && b.status !== 'read' && b.status !== 'failed').length;
    return make('li', {}, make('button', { type: 'button', 'aria-current': String(phone === state.phone), 'data-phone': phone, click: () => open(phone) },
      make('strong', {}, nameOf(phone) ?? shown(phone)), make('span', { class: 'last' }, textOf(bubble)),
      unread && phone !== state.phone ? make('span', { class: 'new' }, `${unread} sin leer`) : null));
  });
  byId('list').replaceChildren(...rows);
}

function drawTalk(changed) {
  const talk = byId('talk');
  const atEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
  for (const bubble of changed) {
    if (bubble.phone !== state.phone) continue;
    const old = talk.querySelector(`[data-id="${CSS.escape(bubble.id)}"]`);
    if (!old) talk.append(drawn(bubble));
    else if (old.dataset.status !== bubble.status) old.replaceWith(drawn(bubble));
  }
  if (atEnd) talk.scrollTop = talk.scrollHeight;
}

function open(phone) {
  state.phone = phone;
  history.replaceState(null, '', `#${phone}`);
  byId('phone').hidden = false;
  byId('who').textContent = nameOf(phone) ?? 'Cliente';
  byId('number').textContent = shown(phone);
  byId('talk').replaceChildren();
  drawTalk(state.bubbles.values());
  byId('talk').scrollTop = byId('talk').scrollHeight;
  drawList();
  look();
}

/** Who has the conversation open has read it. */
function look() {
  if (!state.phone || document.hidden) return;
  const unread = [...state.bubbles.values()].some((b) => b.phone === state.phone && !b.mine && (b.status === 'delivered' || b.status === 'sent'));
  if (unread) fetch('/look', { method: 'POST', body: JSON.stringify({ phone: state.phone }) }).catch(() => {});
}

async function news() {
  const answer = await fetch(`/phones/news?after=${state.change}`);
  const { bubbles, change } = await answer.json();
  // The fakes were started anew: everything is.
  if (change < state.change) return location.reload();
  if (!bubbles.length) return;
  state.change = change;
  for (const bubble of bubbles) state.bubbles.set(bubble.id, bubble);
  drawList();
  if (state.phone) {
    byId('who').textContent = nameOf(state.phone) ?? 'Cliente';
    drawTalk(bubbles);
    look();
  }
}

const base64 = (blob) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result.split(',')[1]);
  reader.onerror = () => failed(reader.error);
  reader.readAsDataURL(blob);
});

function sendPlace(bubble) {
  const [lat, lon] = [Number(byId('lat').value), Number(byId('lon').value)];
  if (Number.isFinite(lat) && Number.isFinite(lon)) say({ location: { lat, lon } }, bubble);
}

let recorder = null;
let recorded = null;

async function record() {
  const button = byId('record');
  if (recorder) return recorder.stop();
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const type = ['audio/ogg;codecs=opus', 'audio/webm;codecs=opus', 'audio/mp4'].find((t) => MediaRecorder.isTypeSupported(t));
    const chunks = [];
    recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
    recorder.ondataavailable = (event) => chunks.push(event.data);
    recorder.onstop = () => {
      for (const track of stream.getTracks()) track.stop();
      recorded = new Blob(chunks, { type: recorder.mimeType });
      recorder = null;
      button.textContent = '● Grabar de nuevo';
      button.setAttribute('aria-pressed', 'false');
      byId('mine').src = URL.createObjectURL(recorded);
      byId('mine').hidden = false;
      byId('voice').disabled = false;
    };
    recorder.start();
    button.textContent = '■ Parar';
    button.setAttribute('aria-pressed', 'true');
  } catch (error) {
    byId('trouble').textContent = `El micrófono no está disponible: ${error.message}`;
  }
}

byId('write').addEventListener('submit', async (event) => {
  event.preventDefault();
  const words = byId('words').value.trim();
  if (words && (await say({ text: words }))) byId('words').value = '';
});
byId('other').addEventListener('submit', (event) => {
  event.preventDefault();
  const digits = byId('other-phone').value.replace(/\D/g, '');
  if (digits.length >= 8) open(digits);
});
byId('more').addEventListener('click', () => {
  const extras = byId('extras');
  extras.hidden = !extras.hidden;
  byId('more').setAttribute('aria-expanded', String(!extras.hidden));
});
byId('place').addEventListener('click', () => sendPlace());
byId('picture').addEventListener('click', async () => {
  const file = byId('photo').files[0];
  if (!file) return;
  const media = { kind: 'image', mime: file.type, base64: await base64(file) };
  if (byId('caption').value) media.caption = byId('caption').value;
  await say({ media });
});
byId('record').addEventListener('click', record);
byId('voice').addEventListener('click', async () => {
  if (recorded) await say({ media: { kind: 'audio', mime: recorded.type.replace(';', '; '), base64: await base64(recorded), words: byId('said').value } });
});
document.addEventListener('visibilitychange', look);

async function begin() {
  const notes = await (await fetch('/phones/notes')).json();
  byId('notes').replaceChildren(...notes.map((note, index) => make('button', { type: 'button', title: note.words, click: () => say({ note: index }) }, `🎤 ${note.title} (${note.seconds} s)`)));
  if (/^\d{8,15}$/.test(state.phone)) open(state.phone);
  for (;;) {
    await news().catch(() => {});
    await new Promise((wake) => setTimeout(wake, 800));
  }
}
begin();
