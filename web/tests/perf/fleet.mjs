// Long tasks of the dispatcher's page while a whole fleet drives: `npm run build && npm run perf`.
//
//   node tests/perf/fleet.mjs [--technicians 10000] [--rate 333] [--seconds 60] [--no-motion]
//
// Serves `dist/` and plays the server: one snapshot, then `rate` positions a second, each with the way that
// is expected (`motion`), in a batch every 250 ms, to a window of 640x400 (a software renderer is bound by
// pixels; what is judged is the main thread). The map is panned all the time. Prints the main thread's long
// tasks (over 50 ms) after the first ten seconds, by its own processor time, which other programs do not
// disturb, and by the clock; a figure for people, no test: machines differ.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { launch } from '../e2e/help.mjs';

const DIST = new URL('../../dist/', import.meta.url).pathname;
const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
};
const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const TECHNICIANS = option('technicians', 10_000);
const RATE = option('rate', 333);
const SECONDS = option('seconds', 60);
const WITH_MOTION = !process.argv.includes('--no-motion');
const BATCH_MS = 250;
/** The page builds its lists first. */
const SETTLE_S = 10;

const uuid = (i) => `00000000-0000-7000-8000-${i.toString(16).padStart(12, '0')}`;
const fleet = Array.from({ length: TECHNICIANS }, (_, i) => ({
  id: uuid(i),
  lat: -34.6 + ((i * 7919) % 1000) / 10_000,
  lon: -58.45 + ((i * 104_729) % 1000) / 10_000,
  turn: i,
}));

/** A way of two minutes at 10 m/s with a corner every 100 m, as in a town of blocks. */
function way({ lat, lon, turn }) {
  const path = [[lat, lon]];
  for (let i = 0; i < 12; i++) {
    if ((turn + i) % 3 === 0) lon += 0.0011;
    else lat += (turn % 2 ? 1 : -1) * 0.0009;
    path.push([lat, lon]);
  }
  return path;
}

function view(person) {
  const position = {
    lat: person.lat,
    lon: person.lon,
    accuracy_m: 6,
    speed_mps: 10,
    heading_deg: 0,
    at: Date.now(),
  };
  const name = `Técnico ${person.turn}`;
  return {
    id: person.id,
    name,
    status: 'en_camino',
    job: null,
    position,
    eta: null,
    last_seen: position.at,
    battery: 0.8,
  };
}

function packed(people) {
  const frame = Buffer.alloc(16 + 40 * people.length);
  frame.writeUInt8(1, 0);
  frame.writeUInt8(1, 1);
  frame.writeUInt16LE(40, 2);
  frame.writeUInt32LE(people.length, 4);
  frame.writeBigInt64LE(BigInt(Date.now()), 8);
  people.forEach((person, i) => {
    const o = 16 + 40 * i;
    Buffer.from(person.id.replaceAll('-', ''), 'hex').copy(frame, o);
    frame.writeInt32LE(Math.round(person.lat * 1e7), o + 16);
    frame.writeInt32LE(Math.round(person.lon * 1e7), o + 20);
    frame.writeUInt16LE(1000, o + 24);
    frame.writeUInt16LE(0, o + 26);
    frame.writeUInt16LE(60, o + 28);
    frame.writeBigInt64LE(BigInt(Date.now()), o + 32);
  });
  return frame;
}

/** One unmasked frame of a server: opcode 1 is text, 2 is binary. */
function send(socket, opcode, payload) {
  const body = Buffer.from(payload);
  const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  if (head.length === 2) head[1] = body.length;
  else if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(body.length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(body.length), 2);
  }
  socket.write(Buffer.concat([head, body]));
}

function drive(socket) {
  let next = 0;
  const batch = Math.max(1, Math.round((RATE * BATCH_MS) / 1000));
  const timer = setInterval(() => {
    const people = Array.from({ length: Math.min(batch, fleet.length) }, () => fleet[next++ % fleet.length]);
    for (const person of people) [person.lat, person.lon] = way(person)[3];
    send(socket, 2, packed(people));
    if (!WITH_MOTION) return;
    for (const person of people) {
      const { id: technician } = person;
      const motion = {
        type: 'motion',
        technician,
        at: Date.now(),
        path: way(person),
        speed_mps: 10,
        accuracy_m: 6,
      };
      send(socket, 1, JSON.stringify(motion));
    }
  }, BATCH_MS);
  socket.on('close', () => clearInterval(timer));
}

function upgrade(request, socket) {
  const key = request.headers['sec-websocket-key'];
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on('error', () => socket.destroy());
  // Whatever the client says first is its `hello`; the rest does not matter here.
  socket.once('data', () => {
    send(socket, 1, JSON.stringify({ type: 'welcome', resume: 'r', server_time: Date.now() }));
    const snapshot = { type: 'snapshot', cursor: '1', technicians: fleet.map(view), jobs: [] };
    send(socket, 1, JSON.stringify(snapshot));
    setTimeout(() => drive(socket), 2000);
  });
}

const WHO = {
  user: { id: uuid(1), name: 'Ana', role: 'owner' },
  organization: { id: uuid(2), name: 'Flota' },
};

const server = createServer((request, response) => {
  const path = request.url.split('?')[0];
  const json = (body) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  if (path === '/api/auth/refresh') return json({ access_token: 't', expires_in_s: 3600, ...WHO });
  if (path === '/tiles/current.json') return json({ tilejson: '3.0.0', build: null, tiles: [] });
  if (path.startsWith('/api/')) return json({ items: [], next: null });
  const file = join(DIST, path === '/dispatch' ? 'dispatch.html' : path);
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': TYPES[file.split('.').pop()] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
});
server.on('upgrade', upgrade);
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const base = `http://127.0.0.1:${server.address().port}`;

const browser = await launch();
const context = await browser.newContext({ viewport: { width: 640, height: 400 }, locale: 'es-AR' });
await context.addInitScript((who) => {
  localStorage.setItem('campo.user', JSON.stringify(who));
}, WHO);
const page = await context.newPage();
await page.goto(`${base}/dispatch`);
await page.waitForFunction(() => document.querySelector('.map .canvas')?.map?.loaded());
await page.waitForTimeout(SETTLE_S * 1000);
const session = await context.newCDPSession(page);
const tasks = [];
session.on('Tracing.dataCollected', ({ value }) => tasks.push(...value));
const traced = new Promise((done) => session.once('Tracing.tracingComplete', done));
await session.send('Tracing.start', {
  traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', '__metadata'] },
});
const found = await page.evaluate(async (seconds) => {
  const map = document.querySelector('.map .canvas').map;
  const from = performance.now();
  let frames = 0;
  await new Promise((done) => {
    const turn = () => {
      frames += 1;
      map.panBy([frames % 200 < 100 ? 2 : -2, 0], { duration: 0 });
      if (performance.now() - from < seconds * 1000) requestAnimationFrame(turn);
      else done();
    };
    requestAnimationFrame(turn);
  });
  return { frames };
}, SECONDS);
await session.send('Tracing.end');
await traced;
await browser.close();
server.close();
server.closeAllConnections();

const main = tasks.find((task) => task.name === 'thread_name' && task.args?.name === 'CrRendererMain');
const own = tasks.filter((task) => task.name === 'RunTask' && task.pid === main.pid && task.tid === main.tid);
function tell(what, field) {
  const ms = own.map((task) => (task[field] ?? 0) / 1000);
  const long = ms.filter((length) => length > 50);
  const sum = ms.reduce((a, b) => a + b, 0);
  console.log(
    `${what}: ${long.length} tasks over 50 ms, longest ${Math.max(0, ...ms).toFixed(0)} ms, ` +
      `${(sum / SECONDS).toFixed(1)} ms in a second`,
  );
}
const how = WITH_MOTION ? 'with motion' : 'without motion';
console.log(`${TECHNICIANS} technicians, ${RATE} positions/s ${how}, ${SECONDS} s at 640x400`);
tell('main thread, processor time', 'tdur');
tell('main thread, by the clock (waits for a renderer and for other programs too)', 'dur');
console.log(`frames a second while panning: ${(found.frames / SECONDS).toFixed(1)}`);
