// Voice notes: the review queue beside the recording, by mouse and by keyboard, on a desk and on a phone.
// A server of its own, whose OpenAI is played here: what it hears and understands is sure.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

const listen = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
async function freePort() {
  const probe = createServer();
  const port = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** What the model hears and fills in next. */
const script = { text: '', form: {} };
const FIELDS = [
  ...['customerName', 'phone', 'address', 'neighborhood', 'city', 'province', 'problemDescription', 'title'],
  ...['serviceType', 'urgency', 'preferredDate', 'preferredTime', 'applianceBrand', 'applianceModel'],
];
const said = (name) => {
  const [value = null, confidence = 0] = script.form[name] ?? [];
  return [name, { value, confidence }];
};
const openai = createServer(async (request, response) => {
  for await (const _ of request);
  const heard = { text: script.text, logprobs: [{ token: 'a', logprob: -0.4, bytes: [97] }] };
  const content = JSON.stringify(Object.fromEntries(FIELDS.map(said)));
  const filled = { choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }] };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(request.url.endsWith('/audio/transcriptions') ? heard : filled));
});

const data = mkdtempSync('/tmp/campo-voice.');
let server;
let browser;
let help;
before(async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const key = {
    CAMPO_OPENAI_BASE_URL: `http://127.0.0.1:${await listen(openai)}`,
    CAMPO_OPENAI_KEY: 'sk-test',
  };
  const own = { CAMPO_DATA: data, CAMPO_LISTEN: url.slice(7), CAMPO_PUBLIC_URL: url, DATABASE_URL: '' };
  chmodSync(data, 0o711);
  server = spawn(process.env.CAMPO_BIN ?? '../target/debug/campo', ['serve', '--demo'], {
    env: { ...process.env, ...own, ...key },
    stdio: 'ignore',
  });
  // The helpers read where the server is when they are loaded.
  process.env.CAMPO_URL = url;
  delete process.env.CAMPO_BASE_URL;
  help = await import('./help.mjs');
  await help.until(
    'the server',
    () =>
      fetch(`${url}/health/ready`).then(
        (r) => r.ok,
        () => false,
      ),
    120_000,
  );
  browser = await help.launch();
});
after(async () => {
  await browser?.close();
  server?.kill('SIGTERM');
  await new Promise((resolve) => (server ? server.once('exit', resolve) : resolve()));
  openai.close();
  rmSync(data, { recursive: true, force: true });
});

/** A second of silence that a browser can play; each is another file. */
let counter = 0;
function sound() {
  const samples = 8_000;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  for (const [at, n] of [
    [16, 16],
    [24, 8_000],
    [28, 16_000],
    [40, samples * 2],
  ])
    wav.writeUInt32LE(n, at);
  for (const [at, n] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ])
    wav.writeUInt16LE(n, at);
  wav.write('data', 36);
  wav.writeInt16LE(counter++, 44);
  return wav;
}

/** A note that waits for a person. */
async function note(bearer, text, form) {
  Object.assign(script, { text, form });
  const file = await fetch(`${help.BASE}/api/files/direct?purpose=voice`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'audio/wav' },
    body: sound(),
  });
  assert.ok(file.ok, await file.clone().text());
  const { id: file_id } = await file.json();
  const made = await help.api(bearer, 'POST', '/voice/process', { file_id, phone: help.freshPhone() });
  await help.until('it waits', async () => {
    const now = await help.api(bearer, 'GET', `/voice/transcripts/${made.id}`);
    return now.state === 'needs_review';
  });
  return made.id;
}

const FORM = {
  problemDescription: ['Pierde la canilla de la cocina', 0.9],
  title: ['Canilla que pierde', 0.9],
  address: ['Mitre 88', 0.4],
  serviceType: ['plomeria', 0.65],
};

async function office(viewport, company) {
  const { api, codeFor, context, freshPhone, tokenOf, watch } = help;
  const page = await (await context(browser, viewport)).newPage();
  const errors = watch(page);
  const phone = freshPhone();
  const since = Date.now();
  await page.goto('/');
  await page.locator('input[name=phone]').fill(phone);
  await page.locator('button[type=submit]').click();
  await page.locator('input[name=code]').fill(await codeFor(phone, since));
  await page.locator('input[name=organization]').fill(company);
  await page.locator('button[type=submit]').click();
  await page.waitForURL('**/dispatch');
  await page.locator('.top .badge', { hasText: 'En vivo' }).waitFor();
  const bearer = await tokenOf(page);
  await api(bearer, 'PATCH', '/voice/settings', { consent: true });
  return { page, errors, bearer };
}

test('notes are heard, approved, corrected and refused by keyboard', { timeout: 240_000 }, async () => {
  const { page, errors, bearer } = await office(help.DESK, 'Audios');
  await page.keyboard.press('v');
  const dialog = page.getByRole('dialog', { name: 'Notas de voz' });
  await dialog.getByText('No hay notas de voz por revisar.').waitFor();
  await help.picture(page, 'voice-empty');
  await page.keyboard.press('Escape');

  await note(bearer, 'Pierde la canilla en Mitre 88', FORM);
  await note(bearer, 'Salta la térmica', { ...FORM, title: ['Térmica que salta', 0.9] });
  await note(bearer, 'Hola, era para saludar', {});
  // They are counted without a reload.
  await page.getByRole('button', { name: 'Notas de voz: 3 por revisar' }).waitFor();
  await page.keyboard.press('v');
  await dialog.getByRole('region', { name: 'Nota de voz' }).getByText('Mitre 88', { exact: true }).waitFor();
  // The oldest lies open: how sure each part is, by word; why it waits; the recording plays.
  const open = dialog.getByRole('region', { name: 'Nota de voz' });
  assert.match(await open.innerText(), /Dudoso · 40 %/);
  assert.match(await open.innerText(), /Bastante seguro · 65 %/);
  assert.match(await open.innerText(), /La dirección no es segura/);
  const duration = await open.locator('audio').evaluate(
    (audio) =>
      new Promise((resolve) => {
        if (audio.readyState > 0) resolve(audio.duration);
        else audio.addEventListener('loadedmetadata', () => resolve(audio.duration), { once: true });
      }),
  );
  assert.ok(Math.abs(duration - 1) < 0.1, `the recording has ${duration} s`);
  await help.picture(page, 'voice-review');
  await help.accessibleInAll(page, 'voice review');

  // Correct: the address that was unsure.
  await page.keyboard.press('e');
  await dialog.getByLabel('¿Qué hay que hacer?').fill('Cambiar canilla');
  await dialog.getByLabel(/^Dirección/).fill('Mitre 880');
  await help.picture(page, 'voice-edit');
  await dialog.getByRole('button', { name: 'Crear trabajo' }).click();
  await page.getByText('Trabajo creado del audio.').first().waitFor();
  const jobs = await help.api(bearer, 'GET', '/jobs');
  assert.equal(jobs.items[0].title, 'Cambiar canilla');
  assert.equal(jobs.items[0].address, 'Mitre 880');

  // Approve the next as it is, refuse the last, take that back.
  await open.getByRole('heading', { name: /Lo que se entendió/ }).waitFor();
  await page.keyboard.press('a');
  await help.until('the second job', async () => (await help.api(bearer, 'GET', '/jobs')).items.length === 2);
  await open.getByText('Hola, era para saludar').waitFor();
  await page.keyboard.press('r');
  await dialog.getByText('No hay notas de voz por revisar.').waitFor();
  const queue = () => help.api(bearer, 'GET', '/voice/review-queue');
  assert.equal((await queue()).items.length, 0);
  // Behind an open dialog no pointer reaches it.
  await page
    .locator('.toast button')
    .last()
    .evaluate((button) => button.click());
  await open.getByText('Hola, era para saludar').waitFor();
  assert.equal((await queue()).items.length, 1);
  errors.none();
});

test('on a phone the list comes first and nothing is too wide', { timeout: 240_000 }, async () => {
  const { page, errors, bearer } = await office(help.PHONE, 'Audios de bolsillo');
  await note(bearer, 'Pierde la canilla en Mitre 88', FORM);
  await page.getByRole('button', { name: 'Notas de voz: 1 por revisar' }).click();
  const dialog = page.getByRole('dialog', { name: 'Notas de voz' });
  await dialog.getByRole('button', { name: /Canilla que pierde/ }).click();
  await dialog.getByText('Mitre 88', { exact: true }).waitFor();
  await help.fits(page, 'voice note on a phone');
  await help.picture(page, 'voice-phone');
  await help.accessible(page, 'voice note on a phone');
  await dialog.getByRole('button', { name: 'Volver' }).click();
  await dialog.getByRole('button', { name: /Canilla que pierde/ }).click();
  await dialog.getByRole('button', { name: /Rechazar/ }).click();
  await dialog.getByText('No hay notas de voz por revisar.').waitFor();
  errors.none();
});
