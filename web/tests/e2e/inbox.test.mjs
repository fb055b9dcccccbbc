// The inbox: a customer writes by WhatsApp, is read, answered, and becomes a job in two clicks.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import {
  accessibleInAll,
  api,
  BASE,
  codeFor,
  context,
  DESK,
  fits,
  freshPhone,
  launch,
  PHONE,
  picture,
  tokenOf,
  until,
  watch,
} from './help.mjs';

const SECRET = process.env.CAMPO_WHATSAPP_APP_SECRET;
const META = process.env.CAMPO_WHATSAPP_BASE_URL;
const NUMBER = String(Date.now());
const skip = SECRET && META ? false : 'CAMPO_WHATSAPP_APP_SECRET and CAMPO_WHATSAPP_BASE_URL are not set';

let browser;
let meta;
const sent = [];
before(async () => {
  browser = await launch();
  if (skip) return;
  // As much of Meta's Cloud API as one number needs: what is sent is kept and gets an id.
  meta = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const message = JSON.parse(body || '{}');
      sent.push(message);
      response.setHeader('content-type', 'application/json');
      const id = `wamid.out${sent.length}`;
      response.end(JSON.stringify({ messaging_product: 'whatsapp', messages: [{ id }], contacts: [] }));
    });
  });
  await new Promise((done) => meta.listen(Number(new URL(META).port), '127.0.0.1', done));
});
after(async () => {
  await browser?.close();
  meta?.close();
});

/** A webhook as Meta sends it, signed over its raw bytes. */
async function webhook(value) {
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [{ field: 'messages', value }] }],
  });
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  const answer = await fetch(`${BASE}/api/webhooks/whatsapp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
    body,
  });
  assert.equal(answer.status, 200);
}

const metadata = { display_phone_number: '5491150000000', phone_number_id: NUMBER };
let count = 0;
const says = (wa_id, name, message) =>
  webhook({
    messaging_product: 'whatsapp',
    metadata,
    contacts: [{ profile: { name }, wa_id }],
    messages: [
      {
        from: wa_id,
        id: `wamid.in${NUMBER}${++count}`,
        timestamp: `${Math.floor(Date.now() / 1000)}`,
        ...message,
      },
    ],
  });

test('a customer writes, is answered and becomes a job', { timeout: 180_000, skip }, async () => {
  const page = await (await context(browser, DESK)).newPage();
  const errors = watch(page);
  const phone = freshPhone();
  const since = Date.now();
  await page.goto('/');
  await page.locator('input[name=phone]').fill(phone);
  await page.locator('button[type=submit]').click();
  await page.locator('input[name=code]').fill(await codeFor(phone, since));
  await page.locator('input[name=organization]').fill('Plomería del Centro');
  await page.locator('button[type=submit]').click();
  await page.waitForURL('**/dispatch');
  await page.locator('.top .badge', { hasText: 'En vivo' }).waitFor();
  const bearer = await tokenOf(page);
  await api(bearer, 'PUT', '/organization/whatsapp', { phone_number_id: NUMBER, token: 'EAAprueba' });

  // Before anybody wrote the page says what will come here.
  await page.getByRole('button', { name: 'Mensajes' }).first().click();
  await page.getByText('Todavía nadie escribió').waitFor();
  await accessibleInAll(page, 'inbox, empty');

  const customer = `549${freshPhone().slice(4)}`;
  await says(customer, 'Marta Quiroga', {
    type: 'text',
    text: { body: 'Hola! Se rompió el termotanque, ¿pueden venir mañana?' },
  });
  const row = page.locator('.conversations .item', { hasText: 'Marta Quiroga' });
  await row.waitFor();
  await says(customer, 'Marta Quiroga', {
    type: 'location',
    location: { latitude: -34.6037, longitude: -58.3816, name: 'Casa', address: 'Av. Corrientes 1234' },
  });
  await row.getByRole('button').click();
  await page.locator('.bubble.in', { hasText: 'termotanque' }).waitFor();
  await page.locator('.bubble.in a', { hasText: 'Av. Corrientes 1234' }).waitFor();
  await accessibleInAll(page, 'inbox, thread');
  await picture(page, 'inbox');

  await page.getByLabel('Escribí un mensaje').fill('¡Hola Marta! Sí, vamos a la mañana.');
  await page.keyboard.press('Enter');
  await page.locator('.bubble.out', { hasText: 'vamos a la mañana' }).waitFor();
  const out = await until('the answer at the provider', () =>
    sent.find((m) => m.text?.body === '¡Hola Marta! Sí, vamos a la mañana.'),
  );
  assert.equal(out.to, customer);
  // Its status comes back and is shown by word, not by ticks alone.
  await webhook({
    messaging_product: 'whatsapp',
    metadata,
    statuses: [
      {
        id: `wamid.out${sent.indexOf(out) + 1}`,
        status: 'read',
        timestamp: `${Math.floor(Date.now() / 1000)}`,
        recipient_id: customer,
        biz_opaque_callback_data: out.biz_opaque_callback_data,
      },
    ],
  });
  await page.locator('.bubble.out .ticks', { hasText: 'Leído' }).waitFor();

  // Two clicks: propose, make.
  await page.getByRole('button', { name: 'Crear trabajo' }).click();
  const form = page.getByRole('form', { name: 'Crear trabajo' });
  await until(
    'a proposed title',
    async () => (await form.getByLabel('¿Qué hay que hacer?').inputValue()).length > 2,
  );
  await form.getByRole('button', { name: 'Crear', exact: true }).click();
  await page.getByText(/Trabajo JOB-\d+ creado/).waitFor();
  const jobs = await api(bearer, 'GET', '/jobs');
  assert.equal(jobs.items.length, 1);
  assert.ok(Math.abs(jobs.items[0].lat + 34.6037) < 1e-6, 'where the customer said it is');

  // On a phone one of the two is shown, and there is a way back.
  await page.setViewportSize(PHONE);
  await page
    .getByRole('navigation')
    .getByRole('button', { name: /Mensajes/ })
    .click();
  await page.locator('.bubble.out').first().waitFor();
  await fits(page, 'thread on a phone');
  await picture(page, 'inbox-phone');
  await page.getByRole('button', { name: 'Volver' }).click();
  await row.waitFor();
  await fits(page, 'conversations on a phone');
  errors.none();
});
