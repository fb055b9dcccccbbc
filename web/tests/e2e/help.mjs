// What every browser test needs: a browser, a page that reports its errors, codes from the demo's
// inbox, accessibility, pictures.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

export const BASE = process.env.CAMPO_BASE_URL ?? process.env.CAMPO_URL ?? 'http://127.0.0.1:8080';
export const DESK = { width: 1280, height: 800 };
export const PHONE = { width: 360, height: 740 };
const PICTURES = process.env.CAMPO_PICTURES ?? new URL('../../../target/pictures', import.meta.url).pathname;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const HOME = { latitude: -34.6037, longitude: -58.3816, accuracy: 8 };

// The software renderer's remarks about speed are no errors of the page.
const NOISE = [/GPU stall due to ReadPixels/];

/** One browser for a file of tests. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROME_BIN ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Collects what a page complains about; `offline` says that failed requests are meant to be. */
export function watch(page) {
  const seen = [];
  const state = { offline: false };
  page.on('pageerror', (error) => seen.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() !== 'error' || NOISE.some((noise) => noise.test(text))) return;
    const network =
      /Failed to load resource: net::|WebSocket connection to .* failed|ERR_INTERNET_DISCONNECTED/;
    if (state.offline && network.test(text)) return;
    // Which address it was is not in the text.
    seen.push(`${text} ${message.location().url}`);
  });
  return {
    state,
    none() {
      assert.deepEqual(seen, [], 'the page wrote errors to its console');
    },
  };
}

export function context(browser, viewport, more = {}) {
  return browser.newContext({
    viewport,
    locale: 'es-AR',
    timezoneId: 'America/Argentina/Buenos_Aires',
    permissions: ['geolocation', 'clipboard-read', 'clipboard-write'],
    geolocation: HOME,
    baseURL: BASE,
    ...more,
  });
}

/** Waits until `probe` gives something true; the bound only ends a broken run. */
export async function until(what, probe, ms = 30_000) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/** The newest code that was sent to a phone after `since`. */
export function codeFor(phone, since) {
  return until(`a code for ${phone}`, async () => {
    const inbox = await (await fetch(`${BASE}/demo/inbox.json`)).json();
    // Other messages come to the same phone.
    const isCode = (m) =>
      m.to === phone && new Date(m.at).getTime() >= since - 1000 && /\b\d{6}\b/.test(m.text);
    const message = inbox.find(isCode);
    return message?.text.match(/\b\d{6}\b/)?.[0];
  });
}

/** Signs in through the page, as a person does; ends on the face of the role. */
export async function signIn(page, phone, face) {
  const since = Date.now();
  await page.goto('/');
  await page.locator('input[name=phone]').fill(phone);
  await page.locator('button[type=submit]').click();
  await page.locator('input[name=code]').waitFor();
  await page.locator('input[name=code]').fill(await codeFor(phone, since));
  if (face !== '/') await page.waitForURL(`**${face}`);
}

/** Signs in without a page, for what a test has to arrange. */
export async function token(phone) {
  const since = Date.now();
  const sent = await api(null, 'POST', '/auth/otp/send', { phone });
  const code = await codeFor(phone, since);
  const login = await api(null, 'POST', '/auth/otp/verify', { phone, code, challenge: sent.challenge });
  return login.access_token;
}

/** A token of the person who is signed in on a page: a second code would have to wait for a minute. */
export async function tokenOf(page) {
  const renewed = await page
    .context()
    .request.post(`${BASE}/api/auth/refresh`, { headers: { origin: BASE } });
  assert.ok(renewed.ok(), `refresh: ${renewed.status()}`);
  return (await renewed.json()).access_token;
}

export async function api(bearer, method, path, body) {
  const headers = { 'content-type': 'application/json' };
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  const response = await fetch(`${BASE}/api${path}`, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** No violation of WCAG 2.2 AA; the engine is evaluated from outside, as the page's policy allows no script. */
export async function accessible(page, name) {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: AXE });
  await session.detach();
  const found = await page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const { violations } = await globalThis.axe.run(document, { runOnly: tags });
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  });
  assert.deepEqual(found, [], `accessibility of ${name}`);
}

/** Both languages and both schemes of what is on the page now. */
export async function accessibleInAll(page, name) {
  for (const lang of ['EN', 'ES']) {
    const button = page.getByRole('button', { name: new RegExp(`^${lang}`) });
    // Behind an open dialog no pointer reaches it.
    await button.evaluate((element) => element.click());
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme });
      await accessible(page, `${name}, ${lang}, ${colorScheme}`);
    }
  }
}

export async function picture(page, name) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}/${name}.png` });
}

/** Nothing may be wider than the screen. */
export async function fits(page, name) {
  const [over, who] = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const beyond = [...document.querySelectorAll('body *')].filter(
      (e) => e.getBoundingClientRect().right > width,
    );
    const named = beyond.map(
      (e) => `${e.tagName} ${e.id} ${e.className} ${(e.textContent ?? '').slice(0, 20)}`,
    );
    return [document.documentElement.scrollWidth - width, named.slice(0, 4).join(' | ')];
  });
  assert.ok(over <= 0, `${name} is ${over} px too wide: ${who}`);
}

let counter = Math.floor(Math.random() * 90_000_000);
/** A phone number that nobody has. */
export const freshPhone = () => `+54911${String(10_000_000 + (counter++ % 89_000_000)).slice(0, 8)}`;
