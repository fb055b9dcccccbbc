// A company's first day: signing up, a technician, a job from pending to completed by hand.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  accessibleInAll,
  codeFor,
  context,
  DESK,
  fits,
  freshPhone,
  launch,
  PHONE,
  picture,
  watch,
} from './help.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Signs a new company up through the page. */
async function signUp(page, company) {
  const phone = freshPhone();
  const since = Date.now();
  await page.goto('/');
  await accessibleInAll(page, 'login, phone');
  await picture(page, 'login');
  await page.locator('input[name=phone]').fill(phone);
  await page.locator('button[type=submit]').click();
  const code = page.locator('input[name=code]');
  await code.waitFor();
  assert.equal(await code.getAttribute('autocomplete'), 'one-time-code');
  await accessibleInAll(page, 'login, code');
  // Pasted with the words around it, as people do.
  const six = await codeFor(phone, since);
  await code.focus();
  await page.evaluate((text) => navigator.clipboard.writeText(text), `Tu código es ${six}.`);
  await page.keyboard.press('Control+V');
  await page.locator('input[name=organization]').fill(company);
  await accessibleInAll(page, 'login, company');
  await page.locator('button[type=submit]').click();
  await page.waitForURL('**/dispatch');
  return phone;
}

async function live(page) {
  await page.locator('.top .badge', { hasText: 'En vivo' }).waitFor();
}

async function addTechnician(page, name) {
  await page.locator('.panel.technicians .panel-head button').click();
  const dialog = page.getByRole('dialog', { name: 'Sumar técnico' });
  await dialog.getByLabel('Nombre y apellido').fill(name);
  await dialog.getByLabel('Teléfono').fill(freshPhone());
  await dialog.getByRole('button', { name: 'Guardar' }).click();
  await page.locator('.panel.technicians', { hasText: name }).waitFor();
}

test('a job goes from pending to completed by hand', { timeout: 180_000 }, async () => {
  const page = await (await context(browser, DESK)).newPage();
  const errors = watch(page);
  await signUp(page, 'Climar de prueba');
  await live(page);
  // Empty states say what to do first.
  await page.getByText('Todavía no hay técnicos').waitFor();
  await page.getByText('No hay trabajos para hoy').waitFor();
  await accessibleInAll(page, 'dispatch, empty');
  await addTechnician(page, 'Marcos Ledesma');

  await page.keyboard.press('n');
  const form = page.getByRole('dialog', { name: 'Trabajo nuevo' });
  await form.getByRole('button', { name: 'Crear trabajo' }).click();
  await form.getByText('Escribí al menos 3 letras.').waitFor();
  await form.getByLabel('¿Qué hay que hacer?').fill('Pérdida en el termotanque');
  await form.getByLabel('Cliente nuevo').check();
  await form.getByLabel('Nombre y apellido').fill('María Ñáñez');
  await form.getByLabel('Teléfono').fill(freshPhone());
  await form.getByLabel(/^Dirección/).fill('Av. Corrientes 3247, 4° B');
  await accessibleInAll(page, 'dispatch, job form');
  await picture(page, 'dispatch-form-1280');
  // Placed by a click on the map; what was typed is still there afterwards.
  await form.getByRole('button', { name: 'Ubicar en el mapa' }).click();
  await page.locator('.maplibregl-canvas').click({ position: { x: 240, y: 300 } });
  await form.getByText('Ubicado', { exact: true }).waitFor();
  assert.equal(await form.getByLabel('¿Qué hay que hacer?').inputValue(), 'Pérdida en el termotanque');
  await form.getByRole('button', { name: 'Crear trabajo' }).click();

  const detail = page.locator('.detail');
  const state = (word) => detail.locator('.detail-title .badge', { hasText: word }).waitFor();
  await state('Pendiente');
  await accessibleInAll(page, 'dispatch, job');
  await picture(page, 'dispatch-job-1280');

  // Assigned from a menu, by keyboard alone.
  await page.keyboard.press('a');
  const assign = page.getByRole('dialog', { name: 'Asignar a…' });
  await assign.getByRole('checkbox', { name: /Marcos Ledesma/ }).focus();
  await page.keyboard.press('Space');
  await accessibleInAll(page, 'dispatch, assign');
  await page.keyboard.press('Enter');
  await detail.getByText('Marcos Ledesma').waitFor();
  // Undone within five seconds, and done again.
  await page.locator('.toast').getByRole('button', { name: 'Deshacer' }).click();
  await detail.locator('dd', { hasText: 'Sin asignar' }).waitFor();
  await detail.getByRole('button', { name: 'Asignar a…' }).click();
  await assign.getByRole('checkbox', { name: /Marcos Ledesma/ }).check();
  await assign.getByRole('button', { name: 'Guardar' }).click();
  await detail.locator('dd', { hasText: 'Marcos Ledesma' }).waitFor();

  await detail.getByRole('button', { name: 'Poner horario' }).click();
  const schedule = page.getByRole('dialog', { name: 'Poner horario' });
  await schedule.getByLabel('Desde').fill('14:00');
  await schedule.getByLabel('Hasta').fill('16:00');
  await accessibleInAll(page, 'dispatch, schedule');
  await schedule.getByRole('button', { name: 'Guardar' }).click();
  await state('Programado');
  await detail.getByText('14:00 a 16:00').waitFor();

  await detail.getByRole('button', { name: 'Sale en camino' }).click();
  await state('En camino');
  await detail.getByRole('link', { name: 'Abrir' }).waitFor();
  await detail.getByRole('button', { name: 'Empieza a trabajar' }).click();
  await state('Trabajando');
  await detail.getByRole('button', { name: 'Terminar' }).click();
  await state('Terminado');
  await picture(page, 'dispatch-done-1280');
  errors.none();
  await page.context().close();
});

test('others see a change at once, and a cancelled job says why', { timeout: 180_000 }, async () => {
  const mine = await context(browser, DESK);
  const page = await mine.newPage();
  const errors = watch(page);
  await signUp(page, 'Dos pantallas');
  await live(page);
  const other = await mine.newPage();
  const otherErrors = watch(other);
  await other.goto('/dispatch');
  await live(other);

  await page.keyboard.press('n');
  const form = page.getByRole('dialog', { name: 'Trabajo nuevo' });
  await form.getByLabel('¿Qué hay que hacer?').fill('Revisar olor a gas');
  await form.getByLabel('Cliente nuevo').check();
  await form.getByLabel('Nombre y apellido').fill('José Pérez');
  await form.getByLabel('Teléfono').fill(freshPhone());
  await form.getByRole('button', { name: 'Crear trabajo' }).click();
  await other.locator('.panel.jobs .item', { hasText: 'Revisar olor a gas' }).waitFor();

  await page.locator('.detail').getByRole('button', { name: 'Cancelar trabajo' }).click();
  const cancel = page.getByRole('dialog', { name: 'Cancelar trabajo' });
  await cancel.getByRole('button', { name: 'Cancelar trabajo' }).click();
  await cancel.getByText('Escribí el motivo.').waitFor();
  await accessibleInAll(page, 'dispatch, cancel');
  await cancel.getByLabel('Motivo').fill('El cliente viajó');
  await cancel.getByRole('button', { name: 'Cancelar trabajo' }).click();
  await page.locator('.detail dd', { hasText: 'El cliente viajó' }).waitFor();
  await other
    .locator('.item', { hasText: 'Revisar olor a gas' })
    .locator('.badge', { hasText: 'Cancelado' })
    .waitFor();

  // The line breaks, the world goes on, the page catches up by itself.
  otherErrors.state.offline = true;
  await mine.setOffline(true);
  await other.locator('.top .badge', { hasText: /Sin conexión|Conectando/ }).waitFor({ timeout: 90_000 });
  await mine.setOffline(false);
  await live(other);
  errors.state.offline = true;
  await live(page);
  errors.none();
  otherErrors.none();
  await mine.close();
});

test('everything is reached at 360 px', { timeout: 120_000 }, async () => {
  const page = await (await context(browser, PHONE, { hasTouch: true, isMobile: true })).newPage();
  const errors = watch(page);
  await signUp(page, 'Del bolsillo');
  await live(page);
  await fits(page, 'dispatch, map');
  await picture(page, 'dispatch-map-360');
  for (const [tab, name] of [
    ['Técnicos', 'technicians'],
    ['Trabajos', 'jobs'],
    ['Mapa', 'map'],
  ]) {
    await page.getByRole('navigation').getByRole('button', { name: tab }).click();
    await fits(page, `dispatch, ${name}`);
    await accessibleInAll(page, `dispatch at 360 px, ${name}`);
    await picture(page, `dispatch-${name}-360`);
  }
  await page.getByRole('button', { name: 'Trabajo nuevo' }).first().click();
  await page.getByRole('dialog').waitFor();
  await fits(page, 'dispatch, form');
  await picture(page, 'dispatch-form-360');
  errors.none();
  await page.context().close();
});
