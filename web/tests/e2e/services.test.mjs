// Services: an owner sets WhatsApp to panic with a reason, everyone reads calmly what works otherwise, and back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  accessible,
  codeFor,
  context,
  DESK,
  freshPhone,
  launch,
  PHONE,
  picture,
  until,
  watch,
} from './help.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

async function owner(company) {
  const page = await (await context(browser, DESK)).newPage();
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
  return { page, errors };
}

/** Decides about WhatsApp with the keyboard alone. */
async function decide(page, mode, reason) {
  await page.getByRole('button', { name: 'Servicios' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Servicios' });
  await dialog.getByRole('button', { name: 'Cambiar WhatsApp' }).press('Enter');
  const state = dialog.getByLabel('Estado');
  await state.waitFor();
  await until('the focus on the state', () =>
    state.evaluate((element) => element === document.activeElement),
  );
  await state.selectOption(mode);
  const save = dialog.getByRole('button', { name: 'Guardar' });
  await dialog.getByLabel(/^Motivo/).fill('corto');
  assert.equal(await save.isDisabled(), true, 'a short reason is none');
  await dialog.getByLabel(/^Motivo/).fill(reason);
  await save.press('Enter');
  await dialog.getByRole('button', { name: 'Cambiar WhatsApp' }).waitFor();
  return dialog;
}

test('a panic is decided, read by everyone and ended', { timeout: 120_000 }, async () => {
  const { page, errors } = await owner('Gas del Sur');
  const other = await page.context().newPage();
  await other.goto('/dispatch');
  await other.locator('.top .badge', { hasText: 'En vivo' }).waitFor();
  const banner = (on) =>
    on.locator('.services-banner', { hasText: 'lo urgente sale por SMS, el resto espera' });
  assert.equal(await banner(page).count(), 0);

  const dialog = await decide(page, 'panic', 'Meta no responde desde las 9');
  await dialog.getByText('Meta no responde desde las 9').waitFor();
  await accessible(page, 'services');
  await picture(page, 'services');
  await page.keyboard.press('Escape');
  await banner(page).waitFor();
  await banner(other).waitFor();
  await other.getByRole('button', { name: 'Entendido' }).click();
  await banner(other).waitFor({ state: 'detached' });

  await page.setViewportSize(PHONE);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `${wide} px too wide`);
  await accessible(page, 'services');
  await picture(page, 'services-narrow');
  await page.setViewportSize(DESK);

  await decide(page, 'ok', 'Meta responde otra vez bien');
  await page.keyboard.press('Escape');
  await banner(page).waitFor({ state: 'detached' });
  errors.none();
});
