// Facts about the map: long streets are named, names do not meet, nothing comes from elsewhere, the
// licence is said; and the customer's page, which has its map last.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { current, ensureMap, longestStreets, look, overlaps, written } from './atlas.mjs';
import {
  accessible,
  api,
  BASE,
  codeFor,
  context,
  fits,
  freshPhone,
  launch,
  PHONE,
  picture,
  signIn,
  token,
  until,
  watch,
} from './help.mjs';

let browser;
let tiles;
before(async () => {
  browser = await launch();
  tiles = await ensureMap();
});
after(() => browser?.close());

const middle = () => ({
  lat: (tiles.bounds[1] + tiles.bounds[3]) / 2,
  lon: (tiles.bounds[0] + tiles.bounds[2]) / 2,
});
/** Wider than the lists allow, so that the map at zoom 12 holds a city. */
const WIDE = { width: 1920, height: 1080 };

/** A new company's dispatcher, with the map drawn. */
async function dispatcher(size, more = {}, prepare = null) {
  const page = await (await context(browser, size, more)).newPage();
  await prepare?.(page);
  const errors = watch(page);
  const strangers = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    const isOwn = url.host === new URL(BASE).host || url.protocol === 'blob:' || url.protocol === 'data:';
    if (!isOwn) strangers.push(request.url());
  });
  const phone = freshPhone();
  const since = Date.now();
  await page.goto('/');
  await page.locator('input[name=phone]').fill(phone);
  await page.locator('button[type=submit]').click();
  await page.locator('input[name=code]').fill(await codeFor(phone, since));
  await page.locator('input[name=organization]').fill('Con mapa');
  await page.locator('button[type=submit]').click();
  await page.waitForURL('**/dispatch');
  await page.waitForFunction(() => document.querySelector('.map .canvas')?.map?.getSource('tiles'));
  await look(page, { ...middle(), zoom: 12 });
  return { page, errors, strangers };
}

test('the twenty longest streets carry their names, and no two names meet', {
  timeout: 300_000,
}, async () => {
  const { page, errors, strangers } = await dispatcher(WIDE);
  // At 14 the tiles have every street; the window has not, so it goes over the whole extract.
  await page.setViewportSize({ width: 2600, height: 2600 });
  await look(page, { ...middle(), zoom: 13.2 });
  const longest = await longestStreets(page, 20);
  assert.equal(longest.length, 20);
  await page.setViewportSize(WIDE);
  for (const zoom of [12, 14, 16]) {
    const named = new Set();
    const note = async () => {
      for (const name of await written(page)) named.add(name);
      const { labels, found } = await overlaps(page);
      assert.ok(labels > 5, `only ${labels} labels at zoom ${zoom}`);
      assert.deepEqual(found, [], `labels that meet at zoom ${zoom}`);
    };
    await look(page, { ...middle(), zoom });
    await note();
    if (zoom === 12) {
      const missing = longest.filter(({ name }) => !named.has(name)).map(({ name }) => name);
      assert.deepEqual(missing, [], 'long streets without a name in one view of the city');
    }
    for (const { name, places } of longest)
      for (const [lon, lat] of places.slice(0, 4)) {
        if (named.has(name)) break;
        await look(page, { lat, lon, zoom });
        await note();
      }
    const missing = longest.filter(({ name }) => !named.has(name)).map(({ name }) => name);
    assert.deepEqual(missing, [], `long streets without a name at zoom ${zoom}`);
  }
  // The check itself: a name that is put beside another one is found.
  await page.evaluate(() => {
    const { grid } = document.querySelector('.map .canvas').map.style.placement.collisionIndex;
    grid.circleKeys.push({ bucketInstanceId: -1, featureIndex: 0 });
    grid.circles.push(...grid.circles.slice(0, 3).map((at) => at + 2));
  });
  assert.ok((await overlaps(page)).found.length > 0, 'overlaps are not found');
  assert.deepEqual(strangers, [], 'requests to somebody else');
  errors.none();
  await page.context().close();
});

test('the licence is said, by day and night, on a desk and on a phone', { timeout: 120_000 }, async () => {
  for (const [size, more] of [
    [WIDE, {}],
    [PHONE, { hasTouch: true, isMobile: true }],
  ]) {
    const { page, errors } = await dispatcher(size, more);
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme });
      await page.locator('.map').getByText('© OpenStreetMap').waitFor();
      const ground = colorScheme === 'dark' ? '#151c23' : '#f1efea';
      await page.waitForFunction(
        (wanted) =>
          document.querySelector('.map .canvas').map.getPaintProperty('land', 'background-color') === wanted,
        ground,
      );
      await accessible(page, `map, ${size.width}, ${colorScheme}`);
      await fits(page, `map, ${size.width}`);
      await picture(page, `map-${size.width}-${colorScheme}`);
    }
    errors.none();
    await page.context().close();
  }
});

test('who is nearest to a place is asked from the map', { timeout: 120_000 }, async () => {
  const { page, errors } = await dispatcher(WIDE);
  await page.getByRole('button', { name: 'Técnico más cercano' }).click();
  await page.getByText('Tocá el lugar en el mapa').waitFor();
  await page.locator('.maplibregl-canvas').click({ position: { x: 300, y: 400 } });
  await page.getByText('Nadie en turno con posición reciente').waitFor();
  await accessible(page, 'map, nearest');
  await page.keyboard.press('Escape');
  await page.getByText('Nadie en turno con posición reciente').waitFor({ state: 'detached' });
  errors.none();
  await page.context().close();
});

test('owners see whether arrival windows hold', { timeout: 120_000 }, async () => {
  const { page, errors } = await dispatcher(WIDE);
  await page.getByRole('button', { name: 'Horas estimadas' }).click();
  const dialog = page.getByRole('dialog', { name: 'Horas estimadas' });
  await dialog.getByText('Todavía no hay llegadas para comparar').waitFor();
  await accessible(page, 'coverage, empty');
  // The same with arrivals, which a new company has not had yet.
  await page.keyboard.press('Escape');
  const row = (tier, hour_of_week, arrivals, inside) => ({ tier, hour_of_week, arrivals, inside });
  const items = [row(2, 9, 60, 49), row(2, 34, 30, 24), row(0, 10, 10, 8)];
  await page.route('**/api/estimates/coverage', (route) => route.fulfill({ json: { items } }));
  await page.getByRole('button', { name: 'Horas estimadas' }).click();
  await dialog.getByText('De las ventanas del 80 %, se cumplió el 81 % (100 llegadas)').waitFor();
  await dialog.getByText('Estimado por calles', { exact: true }).waitFor();
  await accessible(page, 'coverage');
  await picture(page, 'coverage-1920');
  errors.none();
  await page.context().close();
});

test('a marker goes on along its way between positions, as far as is expected', {
  timeout: 120_000,
}, async () => {
  let line = null;
  const { page, errors } = await dispatcher(WIDE, {}, (made) =>
    made.routeWebSocket('**/ws/dispatch', (socket) => {
      socket.connectToServer();
      line = socket;
    }),
  );
  const { lat, lon } = middle();
  const id = '01900000-0000-7000-8000-000000000001';
  const technician = (at, place) => ({
    id,
    name: 'Marcos Ledesma',
    status: 'en_camino',
    job: null,
    position: { ...place, accuracy_m: 5, speed_mps: 10, heading_deg: 0, at },
    eta: null,
    last_seen: at,
    battery: 0.5,
  });
  const tell = (frame) => line.send(JSON.stringify(frame));
  const event = (at, place) => ({
    kind: 'technician.status_changed',
    at,
    by: { kind: 'system' },
    technician: technician(at, place),
  });
  const start = Date.now();
  tell({ type: 'event', cursor: 'a', event: event(start, { lat, lon }) });
  // Where the name under the marker is: metres north of the start, and metres off the way.
  const where = async () => {
    const at = await page.evaluate(() => {
      const { map } = document.querySelector('.map .canvas');
      return map.getSource('names').serialize().data.features?.[0]?.geometry.coordinates;
    });
    return at && { north: (at[1] - lat) * 111_195, off: Math.abs(at[0] - lon) * 111_195 };
  };
  await until('the marker', where);
  const path = [
    [lat, lon],
    [lat + 0.001, lon],
    [lat + 0.02, lon],
  ];
  const at = Date.now();
  tell({ type: 'motion', technician: id, at, path, speed_mps: 10, accuracy_m: 5 });
  await until('the marker to go on', async () => (await where()).north > 60);
  const { north, off } = await where();
  const passed = (Date.now() - at) / 1000;
  assert.ok(north <= passed * 10 + 5, `${north} m in ${passed} s at 10 m/s`);
  assert.ok(off < 2, `${off} m off its way`);
  // Off the way by 300 m: the prediction ends, the marker goes there and stays.
  const place = { lat, lon: lon + 0.0036 };
  tell({ type: 'event', cursor: 'b', event: event(Date.now(), place) });
  await until('the marker to be corrected', async () => {
    const now = await where();
    return Math.abs(now.north) < 2 && now.off > 390;
  });
  errors.none();
  await page.context().close();
});

test('the customer’s page is whole before its map, and then has one', { timeout: 180_000 }, async () => {
  const owner = await token(freshPhone());
  const as = (method, path, body) => api(owner, method, path, body);
  const { version } = await as('GET', '/organization');
  await as('PATCH', '/organization', { name: 'Climar de prueba', ping_every_s: 5, version });
  const phone = freshPhone();
  const technician = await as('POST', '/users', { name: 'Marcos Ledesma', phone, role: 'technician' });
  const home = middle();
  const customer = await as('POST', '/customers', { name: 'María Ñáñez', phone: freshPhone(), ...home });
  const job = await as('POST', '/jobs', {
    title: 'Pérdida en el termotanque',
    customer_id: customer.id,
    ...home,
    scheduled_start: new Date(Date.now() - 3_600_000).toISOString(),
    scheduled_end: new Date(Date.now() + 3_600_000).toISOString(),
    technician_ids: [technician.id],
  });
  const away = { latitude: home.lat + 0.012, longitude: home.lon + 0.012, accuracy: 8 };
  const pocket = await context(browser, PHONE, { hasTouch: true, isMobile: true, geolocation: away });
  const technicianPage = await pocket.newPage();
  const technicianErrors = watch(technicianPage);
  await signIn(technicianPage, phone, '/tecnico');
  await technicianPage.getByRole('button', { name: 'Empezar turno' }).click();
  // The streets around the job, on the technician's page too.
  await technicianPage.locator('.job-map.shown canvas').waitFor();
  await technicianPage.locator('.job-map').getByText('© OpenStreetMap').waitFor();
  await accessible(technicianPage, 'technician, with a map');
  await fits(technicianPage, 'technician, with a map');
  await picture(technicianPage, 'tecnico-map-360');
  await technicianPage.locator('.bar').getByRole('button', { name: 'Salir en camino', exact: true }).click();
  const url = await until('the link', async () => (await as('GET', `/jobs/${job.id}`)).tracking_url);

  const page = await (await context(browser, PHONE, { hasTouch: true, isMobile: true })).newPage();
  const errors = watch(page);
  const loaded = [];
  page.on('response', (response) => loaded.push(response));
  let driven = 0;
  await page.goto(new URL(url).pathname);
  await until('the map', async () => {
    driven += 0.0002;
    await pocket.setGeolocation({ ...away, latitude: away.latitude - driven });
    return page.locator('#picture .map.shown').isVisible();
  });
  await page.locator('#picture').getByText('© OpenStreetMap').waitFor();
  await page.locator('#picture .spot.someone').waitFor();
  await accessible(page, 'customer, with a map');
  await fits(page, 'customer, with a map');
  await picture(page, 'customer-map-360');

  // What came before the map is small, and the map came after the page was painted.
  const scripts = loaded.filter((response) => response.url().endsWith('.js'));
  const sizes = await Promise.all(
    scripts.map(async (response) => ({ url: response.url(), bytes: gzipSync(await response.body()).length })),
  );
  const first = sizes.findIndex(({ url }) => /\/mini-|\/theme-|maplibre/.test(url));
  assert.ok(first > 0, `the map's script comes by itself: ${sizes.map(({ url }) => url)}`);
  const before = sizes.slice(0, first).reduce((sum, { bytes }) => sum + bytes, 0);
  assert.ok(before <= 15 * 1024, `${before} bytes of script before the map`);
  const [painted, asked] = await page.evaluate(() => {
    const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0;
    const map = performance.getEntriesByType('resource').find((r) => /\/mini-/.test(r.name));
    return [paint, map?.startTime ?? 0];
  });
  assert.ok(painted > 0 && asked > painted, `map asked for at ${asked} ms, page painted at ${painted} ms`);
  errors.none();
  technicianErrors.none();
  await page.context().close();
  await pocket.close();
});

test('tiles say which build they are of', async () => {
  const again = await current();
  assert.equal(again.build, tiles.build);
  assert.ok(again.tiles[0].includes(tiles.build));
  assert.match(again.attribution, /© OpenStreetMap/);
});
