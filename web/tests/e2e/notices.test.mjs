// The bell on both faces, preferences, and the page of webhooks.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  accessible,
  api,
  context,
  DESK,
  fits,
  freshPhone,
  launch,
  PHONE,
  picture,
  signIn,
  tokenOf,
  until,
  watch,
} from './help.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** No map: these tests look at lists alone. */
const thrifty = (c) =>
  c.addInitScript(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } }));

test('an owner reads what happened, sets preferences, and adds a webhook', { timeout: 240_000 }, async () => {
  const office = await context(browser, DESK);
  await thrifty(office);
  const page = await office.newPage();
  const owner = freshPhone();
  await signIn(page, owner, '/');
  await page.locator('input[name=organization]').fill('Avisos de prueba');
  await page.locator('button[type=submit]').click();
  await page.waitForURL('**/dispatch');
  const bearer = await tokenOf(page);
  const as = (method, path, body) => api(bearer, method, path, body);

  // A technician hears of a job at once, on a phone that is open.
  const phone = freshPhone();
  const technician = await as('POST', '/users', { name: 'Marcos Ledesma', phone, role: 'technician' });
  const pocket = await context(browser, PHONE);
  await thrifty(pocket);
  const tecnico = await pocket.newPage();
  const phoneErrors = watch(tecnico);
  await signIn(tecnico, phone, '/tecnico');
  await tecnico.getByRole('button', { name: 'Avisos', exact: true }).waitFor();
  const customer = await as('POST', '/customers', { name: 'María Ñáñez', phone: freshPhone() });
  const job = await as('POST', '/jobs', {
    title: 'Canilla que gotea',
    customer_id: customer.id,
    technician_ids: [technician.id],
    scheduled_start: new Date(Date.now() + 3_600_000).toISOString(),
  });
  await tecnico.getByRole('button', { name: 'Avisos: 1 sin leer' }).click();
  const inbox = tecnico.getByRole('dialog', { name: 'Avisos' });
  await inbox.getByText(`Trabajo nuevo: ${job.job_number}`).waitFor();
  await fits(tecnico, 'inbox at 360 px');
  await accessible(tecnico, 'inbox of a technician');
  await picture(tecnico, 'avisos-360');
  await inbox.getByText(`Trabajo nuevo: ${job.job_number}`).click();
  await tecnico.getByRole('button', { name: 'Avisos', exact: true }).waitFor();
  await tecnico.locator('.job').getByRole('heading', { name: 'Canilla que gotea' }).waitFor();
  const read = await until('the server knows', async () => {
    const told = await pocket.request.post('/api/auth/refresh', {
      headers: { origin: new URL(tecnico.url()).origin },
    });
    const { access_token } = await told.json();
    const list = await api(access_token, 'GET', '/notifications');
    return list.unread === 0 && list;
  });
  assert.equal(read.items[0].entity_id, job.id);
  phoneErrors.none();
  await pocket.close();

  // Preferences are kept.
  await page.getByRole('button', { name: 'Avisos', exact: true }).click();
  await page.getByRole('button', { name: 'Preferencias de avisos' }).click();
  const preferences = page.getByRole('dialog', { name: 'Preferencias de avisos' });
  await preferences.getByRole('checkbox', { name: 'SMS', exact: true }).check();
  await preferences.getByRole('checkbox', { name: 'No molestar a estas horas' }).check();
  await preferences.getByLabel('Desde').waitFor();
  await accessible(page, 'preferences');
  await picture(page, 'preferencias');
  const kept = await until('saved', async () => {
    const row = await as('GET', '/notifications/preferences');
    return row.sms && row.quiet_hours.enabled && row;
  });
  assert.equal(kept.whatsapp, true);
  await page.keyboard.press('Escape');

  // A webhook: its secret is shown once.
  await page.getByRole('button', { name: 'Webhooks' }).click();
  const hooks = page.getByRole('dialog', { name: 'Webhooks' });
  await hooks.getByLabel('Dirección', { exact: true }).fill('https://127.0.0.1/no');
  await hooks.getByRole('button', { name: 'Agregar' }).click();
  await hooks.getByRole('alert').waitFor();
  await hooks.getByLabel('Dirección', { exact: true }).fill('https://example.com/campo');
  await hooks.getByLabel('Trabajos').check();
  await hooks.getByRole('button', { name: 'Agregar' }).click();
  const secret = await hooks.locator('.secret code').textContent();
  assert.match(secret, /^whsec_/);
  await accessible(page, 'webhooks');
  await page.setViewportSize(PHONE);
  await fits(page, 'webhooks at 360 px');
  await picture(page, 'webhooks-360');
  await page.setViewportSize(DESK);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Webhooks' }).click();
  await hooks.getByText('https://example.com/campo').waitFor();
  assert.equal(await hooks.locator('.secret').count(), 0);
  const { items } = await as('GET', '/webhook-endpoints');
  assert.deepEqual(items[0].kinds, ['job.*']);
  await office.close();
});
