// Access: a technician comes in by the owner's invitation, sessions are ended, a second factor is asked for.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  accessibleInAll,
  codeFor,
  context,
  DESK,
  freshPhone,
  launch,
  PHONE,
  picture,
  signIn,
  until,
  watch,
} from './help.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** A new company's owner, on the dispatcher's page. */
async function owner(company) {
  const page = await (await context(browser, DESK)).newPage();
  const phone = freshPhone();
  await signIn(page, phone, '/');
  await page.locator('input[name=organization]').fill(company);
  await page.locator('button[type=submit]').click();
  await page.waitForURL('**/dispatch');
  return { page, phone };
}

test('a technician scans the invitation and lands on the own page', { timeout: 120_000 }, async () => {
  const { page } = await owner('Climar invita');
  const errors = watch(page);
  await page.getByRole('button', { name: 'Equipo' }).click();
  const dialog = page.getByRole('dialog', { name: 'Equipo' });
  const phone = freshPhone();
  await dialog.getByLabel('Nombre y apellido').fill('Ana Gómez');
  await dialog.getByLabel('Teléfono').fill(phone);
  await dialog.getByRole('button', { name: 'Invitar' }).click();
  await dialog.getByRole('img', { name: 'Código QR para Ana Gómez' }).waitFor();
  await accessibleInAll(page, 'team, invitation');
  await picture(page, 'team-invitation');
  await dialog.getByRole('button', { name: 'Copiar' }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /\/invitar#[A-Za-z0-9]{24}$/);
  await dialog.getByRole('button', { name: 'Volver' }).click();
  const row = dialog.getByRole('listitem').filter({ hasText: 'Ana Gómez' });
  await row.getByText('Invitado, todavía no entró').waitFor();

  // The technician's phone: what the camera opens.
  const mobile = await (await context(browser, PHONE)).newPage();
  await mobile.goto(link);
  await mobile.getByRole('heading', { name: 'Hola, Ana Gómez' }).waitFor();
  await accessibleInAll(mobile, 'login, invited');
  await picture(mobile, 'login-invited');
  const since = Date.now();
  await mobile.getByRole('button', { name: 'Enviar código' }).click();
  await mobile.locator('input[name=code]').fill(await codeFor(phone, since));
  await mobile.waitForURL('**/tecnico');

  // The link is used up; the team says that Ana is in.
  const again = await (await context(browser, PHONE)).newPage();
  await again.goto(link);
  await again.getByText('Esta invitación ya se usó o venció').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Equipo' }).click();
  await row.getByText('Activo').waitFor();
  errors.none();
});

test('somebody sees the own sessions and ends one', { timeout: 120_000 }, async () => {
  const { page } = await owner('Climar cierra');
  const dialog = page.getByRole('dialog', { name: 'Sesiones' });
  await page.getByRole('button', { name: 'Sesiones' }).click();
  await dialog.getByText('Este dispositivo').waitFor();
  await dialog.getByText(/^Chrome en/).waitFor();
  await accessibleInAll(page, 'sessions');
  await picture(page, 'sessions');
  await dialog.getByRole('button', { name: 'Cerrar todas, también esta' }).click();
  await page.locator('input[name=phone]').waitFor();
});

/** Six digits of an authenticator app (RFC 6238). */
function appCode(secret, off = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + off));
  const tag = createHmac('sha1', key).update(step).digest();
  const at = tag[19] & 15;
  return String((tag.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

test('an owner turns the second factor on and is asked for it', { timeout: 180_000 }, async () => {
  const { page, phone } = await owner('Climar segura');
  await page.getByRole('button', { name: 'Sesiones' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sesiones' });
  await dialog.getByRole('button', { name: 'Activar' }).click();
  await dialog.getByRole('img', { name: 'Código QR para la app de autenticación' }).waitFor();
  await accessibleInAll(page, 'second factor');
  await picture(page, 'second-factor');
  const secret = (await dialog.getByText(/esta clave en la app/).innerText()).match(/[A-Z2-7]{32}/)[0];
  await dialog.getByLabel('Código de la app').fill(appCode(secret, -1));
  await dialog.getByRole('button', { name: 'Activar' }).click();
  await dialog.getByText('Te quedan 10 códigos').waitFor();
  const recovery = (await dialog.locator('.recovery-codes li').allInnerTexts())[0];

  // A minute later (the server's rule for codes), on another device.
  const other = await (await context(browser, PHONE)).newPage();
  await until(
    'another code may be asked for',
    async () => {
      await other.goto('/');
      await other.locator('input[name=phone]').fill(phone);
      await other.locator('button[type=submit]').click();
      await other.locator('input[name=code], .form-error').first().waitFor();
      if (await other.locator('input[name=code]').count()) return true;
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      return false;
    },
    90_000,
  );
  await other.locator('input[name=code]').fill(await codeFor(phone, Date.now() - 20_000));
  await other.getByRole('heading', { name: 'Verificación en dos pasos' }).waitFor();
  await accessibleInAll(other, 'login, second factor');
  await other.locator('input[name=factor]').fill('000000');
  await other.getByText('Ese código no es correcto').waitFor();
  await other.locator('input[name=factor]').fill(recovery);
  await other.locator('button[type=submit]').click();
  await other.waitForURL('**/dispatch');
});
