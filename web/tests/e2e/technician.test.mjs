// The technician's page and the customer's: a shift, a dead zone, a closed page; everything arrives
// exactly once, and the customer sees what they may.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  accessible,
  accessibleInAll,
  api,
  BASE,
  context,
  DESK,
  fits,
  freshPhone,
  launch,
  PHONE,
  picture,
  signIn,
  token,
  tokenOf,
  until,
  watch,
} from './help.mjs';

const HOME = { lat: -34.6037, lon: -58.3816 };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/**
 * Somebody who pays by the megabyte gets no map unasked. For tests that cut the network at their own
 * moment: a map that is cut while it loads hides itself, but the browser notes what did not load.
 */
const thrifty = (phoneContext) =>
  phoneContext.addInitScript(() =>
    Object.defineProperty(navigator, 'connection', { value: { saveData: true } }),
  );

/** A company with one technician who has one job today. */
async function arrange(title, bearer) {
  const as = (method, path, body) => api(bearer, method, path, body);
  const { version } = await as('GET', '/organization');
  await as('PATCH', '/organization', { name: 'Climar de prueba', ping_every_s: 5, version });
  const phone = freshPhone();
  const technician = await as('POST', '/users', { name: 'Marcos Ledesma', phone, role: 'technician' });
  const customer = await as('POST', '/customers', {
    name: 'María Ñáñez',
    phone: freshPhone(),
    address: 'Av. Corrientes 3247, 4° B',
    ...HOME,
  });
  const hour = 3_600_000;
  const job = await as('POST', '/jobs', {
    title,
    customer_id: customer.id,
    address: customer.address,
    ...HOME,
    scheduled_start: new Date(Date.now() - hour).toISOString(),
    scheduled_end: new Date(Date.now() + hour).toISOString(),
    technician_ids: [technician.id],
  });
  return { as, phone, technician, job };
}

/** The same for a new company whose owner never opens a page. */
const newCompany = async (title) => arrange(title, await token(freshPhone()));

/** A camera: real JPEGs, drawn by the browser, of a colour each. */
async function photograph(page) {
  const shots = await page.evaluate(async () => {
    const made = {};
    for (const colour of ['#b33', '#3b3']) {
      const canvas = new OffscreenCanvas(2400, 1800);
      const pen = canvas.getContext('2d');
      for (let y = 0; y < 60; y++)
        for (let x = 0; x < 80; x++) {
          pen.fillStyle = (x * y) % 7 ? colour : `hsl(${(x * 37 + y * 11) % 360} 60% 60%)`;
          pen.fillRect(x * 30, y * 30, 30, 30);
        }
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 });
      made[colour] = btoa(
        Array.from(new Uint8Array(await blob.arrayBuffer()), (b) => String.fromCharCode(b)).join(''),
      );
    }
    return made;
  });
  return (name, colour) => ({ name, mimeType: 'image/jpeg', buffer: Buffer.from(shots[colour], 'base64') });
}

/** What the phone's store holds. */
function stored(page, user) {
  return page.evaluate(async (id) => {
    const db = await new Promise((resolve, reject) => {
      const asked = indexedDB.open(`campo-tecnico-${id}`);
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    const all = (name) =>
      new Promise((resolve) => {
        const asked = db.transaction(name).objectStore(name).getAll();
        asked.onsuccess = () => resolve(asked.result);
      });
    const [[kept], points, ops] = await Promise.all([all('kept'), all('points'), all('ops')]);
    db.close();
    return { seq: kept.seq, points: points.length, ops: ops.length };
  }, user);
}

const synced = (page) => page.locator('.sync', { hasText: 'Todo enviado' }).waitFor();
const step = (page, name) => page.locator('.bar').getByRole('button', { name, exact: true }).click();
const stateOf = async (as, id) => (await as('GET', `/jobs/${id}`)).status;

test('a day with a dead zone: everything arrives exactly once', { timeout: 240_000 }, async () => {
  const { as, phone, technician, job } = await newCompany('Pérdida en el termotanque');
  const phoneContext = await context(browser, PHONE, {
    hasTouch: true,
    isMobile: true,
    geolocation: { latitude: HOME.lat + 0.03, longitude: HOME.lon, accuracy: 8 },
  });
  await thrifty(phoneContext);
  let page = await phoneContext.newPage();
  let errors = watch(page);
  await signIn(page, phone, '/tecnico');
  await page.getByRole('button', { name: 'Empezar turno' }).waitFor();
  await fits(page, 'technician, off shift');
  await accessibleInAll(page, 'technician, off shift');
  await picture(page, 'tecnico-off-360');
  await page.getByRole('button', { name: 'Empezar turno' }).click();
  await page.getByText('Posición activa').waitFor();
  await page.getByRole('heading', { name: 'Pérdida en el termotanque' }).waitFor();
  await synced(page);
  await accessibleInAll(page, 'technician, on shift');
  await picture(page, 'tecnico-on-360');
  const links = await page.locator('.job .actions a').evaluateAll((all) => all.map((a) => a.href));
  assert.ok(
    links.some((href) =>
      href.startsWith('https://www.google.com/maps/dir/?api=1&destination=-34.6037,-58.3816'),
    ),
  );
  assert.ok(links.some((href) => href.startsWith('https://waze.com/ul?ll=-34.6037%2C-58.3816')));
  assert.ok(links.some((href) => href.startsWith('https://wa.me/549')));
  await page.evaluate(() => navigator.serviceWorker.ready);

  // Taken back within five seconds: nothing happened.
  await step(page, 'Salir en camino');
  await page.locator('.bar').getByRole('button', { name: 'Deshacer' }).click();
  await page.locator('.bar').getByRole('button', { name: 'Salir en camino' }).waitFor();
  await synced(page);
  assert.equal(await stateOf(as, job.id), 'scheduled');

  // The dead zone: no network, the page goes on.
  errors.state.offline = true;
  await phoneContext.setOffline(true);
  await page.locator('.sync', { hasText: 'Sin conexión' }).waitFor();
  await step(page, 'Salir en camino');
  await page.locator('.job .badge', { hasText: 'En camino' }).waitFor();
  for (let i = 1; i <= 3; i++) {
    const before = (await stored(page, technician.id)).seq;
    await phoneContext.setGeolocation({
      latitude: HOME.lat + 0.03 - i * 0.004,
      longitude: HOME.lon,
      accuracy: 8,
    });
    await until('a point', async () => (await stored(page, technician.id)).seq > before);
  }
  await picture(page, 'tecnico-offline-360');
  const offline = await stored(page, technician.id);
  assert.ok(offline.points >= 3 && offline.ops === 1, JSON.stringify(offline));
  assert.equal(await stateOf(as, job.id), 'scheduled');
  errors.none();

  // The page is closed and opened again, still without a network.
  await page.close();
  page = await phoneContext.newPage();
  errors = watch(page);
  errors.state.offline = true;
  await page.goto('/tecnico');
  await page.locator('.job .badge', { hasText: 'En camino' }).waitFor();
  await page.locator('.sync', { hasText: /Sin conexión · \d+ pendientes/ }).waitFor();
  const reopened = await stored(page, technician.id);
  assert.ok(reopened.seq >= offline.seq && reopened.points >= offline.points && reopened.ops === 1);

  await phoneContext.setOffline(false);
  await until('the command', async () => (await stateOf(as, job.id)) === 'en_camino', 60_000);
  await synced(page);
  errors.state.offline = false;

  // Exactly once: as many points as were numbered, each with its own time, and one step in the history.
  const { items: history } = await as('GET', `/jobs/${job.id}/history`);
  assert.equal(history.filter((entry) => entry.status === 'en_camino').length, 1);
  await page.getByRole('button', { name: 'Terminar turno' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Terminar turno' }).click();
  await page.getByRole('button', { name: 'Empezar turno' }).waitFor();
  await until('an empty queue', async () => {
    const now = await stored(page, technician.id);
    return now.points === 0 && now.ops === 0;
  });
  const { seq } = await stored(page, technician.id);
  const from = new Date(Date.now() - 3_600_000).toISOString();
  const to = new Date(Date.now() + 3_600_000).toISOString();
  const track = await as(
    'GET',
    `/tracking/technicians/${technician.id}/track?from=${from}&to=${to}&limit=200`,
  );
  assert.equal(track.items.length, seq);
  assert.equal(new Set(track.items.map((p) => p.at)).size, seq);
  errors.none();
  await phoneContext.close();
});

test('the customer sees the window count down, and no position after arrival', {
  timeout: 240_000,
}, async () => {
  const { as, phone, job } = await newCompany('Cambio de grifería');
  const phoneContext = await context(browser, PHONE, {
    geolocation: { latitude: HOME.lat + 0.03, longitude: HOME.lon, accuracy: 8 },
  });
  const page = await phoneContext.newPage();
  const errors = watch(page);
  await signIn(page, phone, '/tecnico');
  await page.getByRole('button', { name: 'Empezar turno' }).click();
  await step(page, 'Salir en camino');
  const url = await until('the link', async () => (await as('GET', `/jobs/${job.id}`)).tracking_url);
  const path = new URL(url).pathname;

  const plain = await (await fetch(new URL(path, BASE))).text();
  assert.match(plain, /Marcos/);
  assert.match(plain, /en camino/);

  const customerContext = await context(browser, PHONE);
  const customer = await customerContext.newPage();
  const customerErrors = watch(customer);
  await customer.goto(path);
  await customer.getByRole('heading', { name: 'Marcos está en camino' }).waitFor();
  await customer
    .locator('#window', { hasText: /Llega (entre \d\d:\d\d y \d\d:\d\d|a las \d\d:\d\d)/ })
    .waitFor();
  await customer.locator('#countdown', { hasText: /\d+ min|por llegar/ }).waitFor();
  // On the way the phone moves; the customer sees only what came after leaving.
  let driven = 0;
  await until('a position', async () => {
    driven += 0.0002;
    await phoneContext.setGeolocation({
      latitude: HOME.lat + 0.03 - driven,
      longitude: HOME.lon,
      accuracy: 8,
    });
    return customer.locator('#fix', { hasText: 'Última posición hace' }).isVisible();
  });
  await customer.getByRole('img', { name: /km de tu domicilio/ }).waitFor();
  await fits(customer, 'customer page');
  await accessibleInAll(customer, 'customer page, en camino');
  await picture(customer, 'track-360');
  await customer.setViewportSize(DESK);
  await picture(customer, 'track-1280');
  await customer.setViewportSize(PHONE);
  assert.deepEqual(await customerContext.cookies(), []);
  // It counts down by itself: in the customer's clock, two minutes later, less is left.
  const minutes = async () => {
    const text = (await customer.locator('#countdown').textContent()) ?? '';
    return Math.max(0, ...(text.match(/\d+/g) ?? []).map(Number));
  };
  const before = await minutes();
  await customer.evaluate(() => {
    const real = Date.now;
    Date.now = () => real() + 120_000;
  });
  await until('the countdown', async () => (await minutes()) < before || before <= 2);

  await step(page, 'Llegué');
  await customer.getByRole('heading', { name: /llegó/ }).waitFor();
  assert.equal(await customer.locator('#picture svg').count(), 0);
  assert.equal((await customer.locator('#fix').textContent()) ?? '', '');
  await accessible(customer, 'customer page, arrived');
  await step(page, 'Empezar trabajo');
  await customer.getByRole('heading', { name: 'Marcos está trabajando' }).waitFor();
  await step(page, 'Terminar trabajo');
  await customer.getByRole('heading', { name: 'El trabajo terminó' }).waitFor();
  await picture(customer, 'track-done-360');
  await page.getByText('Terminaste todo lo de hoy.').waitFor();
  assert.equal(await stateOf(as, job.id), 'completed');
  errors.none();
  customerErrors.none();
  await customerContext.close();
  await phoneContext.close();
});

test('the dispatcher’s map shows the technician where the phone is', { timeout: 180_000 }, async () => {
  const deskContext = await context(browser, { width: 1100, height: 700 });
  const desk = await deskContext.newPage();
  const errors = watch(desk);
  await signIn(desk, freshPhone(), '/');
  await desk.locator('input[name=organization]').fill('Con mapa');
  await desk.locator('button[type=submit]').click();
  await desk.waitForURL('**/dispatch');
  await desk.locator('.top .badge', { hasText: 'En vivo' }).waitFor();
  const bearer = await desk.evaluate(async () => {
    const renewed = await fetch('/api/auth/refresh', { method: 'POST' });
    return (await renewed.json()).access_token;
  });
  const { phone } = await arrange('Service de aire acondicionado', bearer);
  // The new job and the new technician appear without a reload.
  await desk.locator('.panel.jobs .item', { hasText: 'Service de aire' }).waitFor();

  const phoneContext = await context(browser, PHONE);
  const page = await phoneContext.newPage();
  await signIn(page, phone, '/tecnico');
  await page.getByRole('button', { name: 'Empezar turno' }).click();
  await synced(page);
  const row = desk.locator('.panel.technicians .item', { hasText: 'Marcos Ledesma' });
  await row.locator('.age.fresh').waitFor();
  await row.locator('.badge', { hasText: 'Disponible' }).waitFor();

  // Followed, the technician is drawn in the middle of the map: its colour is there, and a click there finds it.
  await row.locator('.hit').click();
  await row.getByRole('button', { name: 'Seguir en el mapa' }).click();
  const canvas = await desk.locator('.maplibregl-canvas').boundingBox();
  assert.ok(canvas);
  const middle = { x: canvas.x + canvas.width / 2, y: canvas.y + canvas.height / 2 };
  const blue = await desk.evaluate(() =>
    getComputedStyle(document.documentElement).getPropertyValue('--scheduled-ink').trim(),
  );
  await until('the marker', async () => near(await pixel(desk, middle), blue));
  await picture(desk, 'dispatch-follow-1100');
  errors.none();
  await deskContext.close();
  await phoneContext.close();
});

/** The colour of one pixel of the page as `[r, g, b]`. */
async function pixel(page, { x, y }) {
  const png = await page.screenshot({
    clip: { x: Math.round(x) - 1, y: Math.round(y) - 1, width: 3, height: 3 },
  });
  return page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    const c = canvas.getContext('2d');
    c.drawImage(image, 0, 0);
    return [...c.getImageData(1, 1, 1, 1).data].slice(0, 3);
  }, png.toString('base64'));
}

function near(rgb, hex) {
  const n = Number.parseInt(hex.slice(1), 16);
  const want = [n >> 16, (n >> 8) & 255, n & 255];
  return rgb.every((channel, i) => Math.abs(channel - want[i]) <= 24);
}

test('what the office undid meanwhile is said in words', { timeout: 180_000 }, async () => {
  const { as, phone, job } = await newCompany('Destapación');
  const phoneContext = await context(browser, PHONE);
  await thrifty(phoneContext);
  const page = await phoneContext.newPage();
  const errors = watch(page);
  await signIn(page, phone, '/tecnico');
  await page.getByRole('button', { name: 'Empezar turno' }).click();
  await synced(page);
  errors.state.offline = true;
  await phoneContext.setOffline(true);
  await step(page, 'Salir en camino');
  const { version } = await as('GET', `/jobs/${job.id}`);
  await as('DELETE', `/jobs/${job.id}`, { reason: 'El cliente viajó', version });
  await page.locator('.bar').getByRole('button', { name: 'Llegué' }).waitFor();
  await phoneContext.setOffline(false);
  const conflict = page.locator('.conflicts li', { hasText: '“Salir en camino” en Destapación' });
  await conflict.getByText('ahora está cancelado').waitFor();
  await accessibleInAll(page, 'technician, conflict');
  await picture(page, 'tecnico-conflict-360');
  await synced(page);
  await conflict.getByRole('button', { name: 'Entendido' }).click();
  await conflict.waitFor({ state: 'detached' });
  await page.getByText('Hoy no tenés trabajos asignados.').waitFor();
  assert.equal(await stateOf(as, job.id), 'cancelled');
  errors.none();
  await phoneContext.close();
});

test('a new job appears on the phone by itself, and signing out ends the page', {
  timeout: 120_000,
}, async () => {
  const { as, phone, technician, job } = await newCompany('Primera visita');
  const phoneContext = await context(browser, PHONE);
  const page = await phoneContext.newPage();
  await signIn(page, phone, '/tecnico');
  await page.getByRole('heading', { name: 'Primera visita' }).waitFor();
  await as('POST', '/jobs', {
    title: 'Segunda visita',
    customer_id: job.customer_id,
    scheduled_start: new Date(Date.now() + 3_600_000).toISOString(),
    technician_ids: [technician.id],
  });
  await page.locator('.rows', { hasText: 'Segunda visita' }).waitFor();
  // Another page of the same login ends within seconds.
  const second = await phoneContext.newPage();
  await second.goto('/tecnico');
  await synced(second);
  await second.getByRole('button', { name: 'Salir', exact: true }).click();
  await second.waitForURL((url) => url.pathname === '/');
  await page.goto('/tecnico');
  await page.waitForURL((url) => url.pathname === '/');
  await phoneContext.close();
});

test('one device has one page: the other one pauses until asked', { timeout: 120_000 }, async () => {
  const { phone } = await newCompany('Destapación');
  const phoneContext = await context(browser, PHONE);
  const first = await phoneContext.newPage();
  await signIn(first, phone, '/tecnico');
  await synced(first);
  const second = await phoneContext.newPage();
  await second.goto('/tecnico');
  await first.getByRole('heading', { name: 'CampoTech está abierto en otro lado' }).waitFor();
  await accessible(first, 'technician, taken');
  await synced(second);
  await first.getByRole('button', { name: 'Usar acá' }).click();
  await synced(first);
  await second.getByRole('heading', { name: 'CampoTech está abierto en otro lado' }).waitFor();
  await phoneContext.close();
});

test('photos and a signature taken without a network arrive and are seen', { timeout: 240_000 }, async () => {
  // The owner signs up on the office's page, which stays open: pictures must come there by themselves.
  const deskContext = await context(browser, DESK);
  const desk = await deskContext.newPage();
  const deskErrors = watch(desk);
  await signIn(desk, freshPhone(), '/');
  await desk.locator('input[name=organization]').fill('Climar de prueba');
  await desk.locator('button[type=submit]').click();
  await desk.waitForURL('**/dispatch');
  const { as, phone, job } = await arrange('Cambio de flexible', await tokenOf(desk));
  const organization = await as('GET', '/organization');
  await as('PATCH', '/organization', {
    version: organization.version,
    completion_requires: ['photo', 'signature'],
  });
  const phoneContext = await context(browser, PHONE, { hasTouch: true, isMobile: true });
  await thrifty(phoneContext);
  const page = await phoneContext.newPage();
  const errors = watch(page);
  await signIn(page, phone, '/tecnico');
  await page.getByRole('button', { name: 'Empezar turno' }).click();
  for (const name of ['Salir en camino', 'Llegué', 'Empezar trabajo']) await step(page, name);
  await until('work', async () => (await stateOf(as, job.id)) === 'working');
  await synced(page);

  // Nothing to show yet: the page says what is missing instead of asking the server.
  await step(page, 'Terminar trabajo');
  const dialog = page.getByRole('dialog', { name: 'Terminar trabajo' });
  await dialog.getByText('La firma del cliente').waitFor();
  await accessibleInAll(page, 'technician, what is missing');
  await dialog.getByRole('button', { name: 'Volver' }).click();

  errors.state.offline = true;
  await phoneContext.setOffline(true);
  await page.locator('.sync', { hasText: 'Sin conexión' }).waitFor();
  // A real picture of 2,400 x 1,800: the page itself makes it smaller.
  const camera = await photograph(page);
  await page.locator('input[name=photo_before]').setInputFiles(camera('antes.jpg', '#b33'));
  await page.locator('input[name=photo_after]').setInputFiles(camera('despues.jpg', '#3b3'));
  await page.locator('.thumbs .waiting').nth(1).waitFor();
  await page.getByRole('button', { name: 'Pedir firma' }).click();
  const pad = page.getByRole('img', { name: /Recuadro para firmar/ });
  const box = await pad.boundingBox();
  await page.mouse.move(box.x + 30, box.y + 60);
  await page.mouse.down();
  for (let x = 30; x < box.width - 30; x += 8)
    await page.mouse.move(box.x + x, box.y + 60 + 25 * Math.sin(x / 12));
  await page.mouse.up();
  await page.locator('input[name=signed_by]').fill('María Ñáñez');
  await accessibleInAll(page, 'technician, signature');
  await picture(page, 'tecnico-firma-360');
  await page.getByRole('button', { name: 'Guardar firma' }).click();
  await page.getByText('Firmado').waitFor();
  await fits(page, 'technician, photos');
  await accessibleInAll(page, 'technician, photos');
  await picture(page, 'tecnico-fotos-360');
  await step(page, 'Terminar trabajo');
  errors.none();

  await phoneContext.setOffline(false);
  await until(
    'the job with its pictures',
    async () => {
      const now = await as('GET', `/jobs/${job.id}`);
      return now.status === 'completed' && now.photos.length === 2 && now.signature;
    },
    60_000,
  );
  await synced(page);
  errors.state.offline = false;
  const seen = await as('GET', `/jobs/${job.id}`);
  assert.deepEqual(seen.photos.map((p) => p.type).sort(), ['after', 'before']);
  assert.equal(seen.signature.signed_by, 'María Ñáñez');
  for (const photo of seen.photos) {
    assert.ok(
      Math.max(photo.width, photo.height) === 1600 && photo.size <= 900 * 1024,
      JSON.stringify(photo),
    );
    const answer = await fetch(photo.url);
    assert.equal(answer.headers.get('content-type'), 'image/jpeg');
    assert.equal((await answer.arrayBuffer()).byteLength, photo.size);
  }
  errors.none();
  await phoneContext.close();

  await desk.locator('.panel.jobs').getByText('Cambio de flexible').first().click();
  const gallery = desk.locator('.gallery');
  await gallery.getByText('Firma').waitFor();
  assert.equal(await gallery.locator('img').count(), 3);
  const isLoaded = (image) => image.evaluate((i) => i.complete && i.naturalWidth);
  await until('thumbnails', async () => (await isLoaded(gallery.locator('img').first())) === 200);
  await accessibleInAll(desk, 'dispatcher, photos of a job');
  await picture(desk, 'dispatch-fotos-1280');
  await gallery.getByRole('button', { name: /Después/ }).click();
  const whole = desk.getByRole('dialog', { name: 'Foto' }).locator('img');
  await until('the whole picture', async () => (await isLoaded(whole)) === 1600);
  await accessibleInAll(desk, 'dispatcher, one photo');
  await picture(desk, 'dispatch-foto-1280');
  deskErrors.none();
  await deskContext.close();
});
