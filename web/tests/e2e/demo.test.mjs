// The demonstration from end to end: a customer's phone gets every message of a job, answers by voice, and the note
// becomes a job once a person has looked at it. The same two programs that `make demo` starts, with the same flags.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const CAMPO = process.env.CAMPO_BIN ?? '../target/debug/campo';
const BENCH = join(dirname(CAMPO), 'campo-bench');
const OWNER = '+5491100000001';
const DISPATCHER = '+5491100000002';
const ANA = '5491100000201';

const data = mkdtempSync('/tmp/campo-demo.');
const children = [];
let browser;
let help;
let phones;

async function freePort() {
  const probe = createServer();
  const port = await new Promise((resolve) =>
    probe.listen(0, '127.0.0.1', () => resolve(probe.address().port)),
  );
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** The addresses that the players of the providers print, in one line. */
function players(url) {
  const ca = join(data, 'players.pem');
  const flags = [
    '--listen',
    '127.0.0.1:0',
    '--links',
    url,
    '--ca-out',
    ca,
    '--url',
    url,
    '--owner-phone',
    OWNER,
  ];
  // They ask the executable for the owner's token: it must know whose data that is.
  const env = { ...process.env, CAMPO_DATA: data, CAMPO_BIN: CAMPO };
  const child = spawn(BENCH, ['fakes', ...flags], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
      if (text.includes('\n')) resolve([JSON.parse(text.split('\n')[0]), ca]);
    });
    child.once('exit', (code) => reject(new Error(`the players ended with ${code}`)));
  });
}

before(async () => {
  chmodSync(data, 0o711);
  const url = `http://127.0.0.1:${await freePort()}`;
  const [said, ca] = await players(url);
  const fake = (name) => {
    const found = JSON.stringify(said).match(new RegExp(`"${name}":"([^"]*)"`))?.[1];
    assert.ok(found, `the players do not say ${name}`);
    return found;
  };
  const own = {
    CAMPO_DATA: data,
    CAMPO_LISTEN: url.slice(7),
    CAMPO_PUBLIC_URL: url,
    DATABASE_URL: '',
    CAMPO_EXTRA_CA: ca,
    CAMPO_WHATSAPP_BASE_URL: fake('whatsapp'),
    CAMPO_WHATSAPP_PHONE_NUMBER_ID: fake('phone_number_id'),
    CAMPO_WHATSAPP_TOKEN: 'fake-meta-token',
    CAMPO_WHATSAPP_APP_SECRET: fake('app_secret'),
    CAMPO_WHATSAPP_VERIFY_TOKEN: fake('verify_token'),
    CAMPO_OPENAI_BASE_URL: fake('openai'),
    CAMPO_OPENAI_KEY: 'fake-openai-key',
    CAMPO_DEMO_PHONES: fake('phones'),
  };
  children.push(spawn(CAMPO, ['serve', '--demo'], { env: { ...process.env, ...own }, stdio: 'ignore' }));
  // The helpers read where the server is when they are loaded.
  process.env.CAMPO_URL = url;
  delete process.env.CAMPO_BASE_URL;
  help = await import('./help.mjs');
  phones = fake('phones');
  const ready = () =>
    fetch(`${url}/health/ready`).then(
      (r) => r.ok,
      () => false,
    );
  await help.until('the server', ready, 120_000);
  // A microphone that hums.
  browser = await chromium.launch({
    executablePath: process.env.CHROME_BIN ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  });
});
after(async () => {
  await browser?.close();
  for (const child of children.reverse()) {
    child.kill('SIGTERM');
    if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  }
  rmSync(data, { recursive: true, force: true });
});

test('a job is told on the phone, answered by voice, and becomes another job', {
  timeout: 240_000,
}, async () => {
  const { api, picture, until } = help;
  const office = await (await help.context(browser, help.DESK)).newPage();
  await help.signIn(office, DISPATCHER, '/dispatch');
  await office.locator('.top .badge', { hasText: 'En vivo' }).waitFor();
  const bearer = await help.tokenOf(office);

  // The customer's phone, found by the way that the demonstration's first lines name.
  const pocket = await (await help.context(browser, help.PHONE, { permissions: ['microphone'] })).newPage();
  await pocket.goto('/demo/phones');
  assert.ok(pocket.url().startsWith(phones), `${pocket.url()} is not ${phones}`);
  await pocket.locator('#other-phone').fill(ANA);
  await pocket.getByRole('button', { name: 'Abrir' }).click();
  const bubble = (text) => pocket.locator('#talk li.ours', { hasText: text });

  const customers = (await api(bearer, 'GET', '/customers?limit=200')).items;
  const ana = customers.find((c) => c.phone === `+${ANA}`);
  const people = (await api(bearer, 'GET', '/users?limit=200')).items;
  const juan = people.find((u) => u.name === 'Juan Pérez');
  const start = new Date(Date.now() + 26 * 3_600_000);
  let job = await api(bearer, 'POST', '/jobs', {
    title: 'Revisar el termotanque',
    customer_id: ana.id,
    technician_ids: [juan.id],
    scheduled_start: start.toISOString(),
    scheduled_end: new Date(start.getTime() + 3_600_000).toISOString(),
  });
  await bubble('Servicios del Sur').waitFor();
  await picture(pocket, 'demo-confirmation');

  const go = async (status) => {
    job = await api(bearer, 'PATCH', `/jobs/${job.id}/status`, { status, version: job.version });
  };
  await go('en_camino');
  const follow = pocket.locator('#talk li.ours a[href*="/t/"]').first();
  await follow.waitFor();
  assert.match(await bubble('camino').last().innerText(), /Juan/);
  // The link leads where it says, while there is somebody to follow.
  const link = await (await help.context(browser, help.PHONE)).newPage();
  await link.goto(await follow.getAttribute('href'));
  await link.getByText('Juan').first().waitFor();
  await picture(link, 'demo-tracking');
  await go('working');
  await bubble('llegó').waitFor();
  await go('completed');
  const rate = pocket.locator('#talk li.ours a[href*="/r/"]').first();
  await rate.waitFor();
  await picture(pocket, 'demo-messages');
  await help.fits(pocket, 'the phone');

  await link.goto(await rate.getAttribute('href'));
  await link.getByRole('radio').last().check({ force: true });
  await picture(link, 'demo-rating');

  // An answer by the microphone; what is said there is written below, as the players cannot hear.
  await pocket.locator('#more').click();
  await pocket.locator('#record').click();
  await until('a second of sound', () => pocket.locator('#record', { hasText: 'Parar' }).isVisible());
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await pocket.locator('#record').click();
  await pocket
    .locator('#said')
    .fill('Hola, soy Ana Benítez. No sé bien, algo del termotanque, no anda, más o menos por la plaza.');
  await pocket.locator('#voice').click();
  await pocket.locator('#talk li.mine[data-kind=audio]').waitFor();
  await picture(pocket, 'demo-voice');

  // Half understood: the customer is asked, and says no. Then it waits for a person, and is a job when that person says so.
  await bubble('Entendimos esto de tu audio').getByRole('button', { name: '↩ No' }).click();
  const queue = () => api(bearer, 'GET', '/voice/review-queue').then((page) => page.items);
  const [note] = await until('the note in the queue', async () => {
    const items = await queue();
    return items.length > 0 && items;
  });
  assert.match(JSON.stringify(note), /termotanque/);
  const before = (await api(bearer, 'GET', '/jobs?limit=200')).items.length;
  await office.bringToFront();
  await office.keyboard.press('v');
  const dialog = office.getByRole('dialog', { name: 'Notas de voz' });
  await dialog.getByRole('region', { name: 'Nota de voz' }).waitFor();
  await picture(office, 'demo-review');
  await office.keyboard.press('e');
  await dialog.getByLabel('¿Qué hay que hacer?').fill('Termotanque que no anda');
  await dialog.getByLabel(/^Dirección/).fill('San Martín 450');
  await dialog.getByRole('button', { name: 'Crear trabajo' }).click();
  await until(
    'the job',
    async () => (await api(bearer, 'GET', '/jobs?limit=200')).items.length === before + 1,
  );
  const made = (await api(bearer, 'GET', '/jobs?limit=200')).items.find(
    (j) => j.title === 'Termotanque que no anda',
  );
  assert.equal(made.customer.phone, `+${ANA}`);
  assert.deepEqual(await queue(), []);
});
