// Claims of other instruments than CIGO, what a click mends, and where values come from.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { begin, fillPeriod, fillProduct, fillReason, line, next, person } from "./filing.mjs";
import { PORTAL, inspect, login, open, somebody } from "./people.mjs";

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser.close(); });

// Goes on with the Tab key until something has the focus.
async function tabTo(page, wanted) {
  for (let presses = 0; presses < 250; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(wanted)) return;
  }
  throw new Error(`the keyboard does not reach ${wanted}`);
}

const field = (page, id) => tabTo(page, `document.activeElement.id === ${JSON.stringify(id)}`);
const button = (page, text) => tabTo(page, `document.activeElement.textContent.trim() === ${JSON.stringify(text)}`);

// Dates are typed part by part, in the order that the browser's own language has.
async function date(page, id, [day, month, year]) {
  await field(page, id);
  for (const typed of [`${day}${month}${year}`, `${month}${day}${year}`]) {
    await page.keyboard.type(typed);
    if (await page.evaluate(() => document.activeElement.value) === `${year}-${month}-${day}`) return;
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
  }
  throw new Error(`the date of ${id} cannot be typed`);
}

async function text(page, id, value) {
  await field(page, id);
  await page.keyboard.insertText(value);
}

// Arrows go round in a group of choices.
async function radio(page, name, value) {
  await tabTo(page, `document.activeElement.name === ${JSON.stringify(name)}`);
  await page.keyboard.press("Space");
  for (let presses = 0; presses < 12; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement.checked && document.activeElement.value === wanted, value)) return;
    await page.keyboard.press("ArrowDown");
  }
  throw new Error(`the arrows do not reach ${value}`);
}

async function select(page, id, label) {
  await field(page, id);
  await page.keyboard.type(label);
}

async function goOn(page, step) {
  await button(page, "Salva e continua");
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`/compila/${step}`));
}

test("a CIGS claim is filed with the keyboard alone", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  await page.goto(`${PORTAL}/domande/nuova`);
  await radio(page, "unita", "4900000001/1");
  await button(page, "Comincia la domanda");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/compila\/periodo/);
  await date(page, "prima_settimana", ["02", "11", "2026"]);
  await text(page, "settimane", "4");
  await goOn(page, "prestazione");
  await radio(page, "prodotto", "PRODUCT_CIGS");
  await goOn(page, "motivo");
  await select(page, "causale", "Riorganizzazione");
  await text(page, "decreto_autorita", "Ministero del lavoro");
  await text(page, "decreto_numero", "117");
  await date(page, "decreto_data", ["01", "08", "2026"]);
  await date(page, "decreto_dal", ["07", "09", "2026"]);
  await date(page, "decreto_al", ["07", "03", "2027"]);
  await text(page, "decreto_ore", "4.000,00");
  await radio(page, "pagamento", "PAYMENT_MODE_CONGUAGLIO");
  await inspect(page, "step-reason-cigs");
  await goOn(page, "lavoratori");
  await text(page, "elenco", line(person(90_001)));
  await goOn(page, "relazione");
  assert.equal(await page.locator("textarea[data-conta]").count(), 3, "no report is asked for, only who was told");
  await date(page, "comunicazione", ["08", "08", "2026"]);
  await text(page, "destinatari_rsu", "RSU dello stabilimento");
  await select(page, "esito_consultazione", "Accordo");
  await goOn(page, "allegati");
  await button(page, "Salva e continua");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/compila\/dichiarazioni/);
  await tabTo(page, "document.activeElement.type === 'checkbox'");
  await page.keyboard.press("Space");
  await text(page, "pec", "studio@pec.esempio.invalid");
  await text(page, "telefono", "02 5550100");
  await goOn(page, "verifica");
  const review = await page.getByRole("main").innerText();
  assert.match(review, /n\. 117 del 01\/08\/2026, Ministero del lavoro: dal 07\/09\/2026 al 07\/03\/2027, 4\.000,00 ore/);
  await inspect(page, "review-cigs");
  await button(page, "Invia la domanda");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/ricevuta/);
  assert.match(await page.getByRole("main").innerText(), /CIGS – cassa integrazione guadagni straordinaria/);
});

test("products say how they fit, and each asks for what is its own", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  const id = await begin(page);
  await fillPeriod(page, { first: "2026-09-14" });
  const products = page.getByRole("group", { name: "Prestazione" });
  assert.match(await products.innerText(), /CIGO[^\n]*\n?\s*Suggerita\./);
  assert.match(await products.innerText(), /Non compatibile\. L'inquadramento CIGO_CIGS non comprende la prestazione/);
  await inspect(page, "step-product");
  await fillProduct(page, "AIS – assegno di un fondo di solidarietà");
  await page.getByLabel("Fondo di solidarietà").selectOption({ label: "Fondo SOLIMARE" });
  assert.equal(await page.getByLabel("Decreto: numero").count(), 0);
  await page.getByLabel("Causale").selectOption({ label: "Crisi di mercato (art. 3)" });
  await page.getByLabel(/Pagamento diretto/).check();
  await next(page);
  await page.waitForURL(/\/compila\/lavoratori/);
  await page.getByLabel("Si chiede l'anticipo del 40% delle ore autorizzate").check();
  await page.getByLabel("Elenco dei lavoratori").fill(line(person(90_002), "IT60X0542811101000000123456"));
  await next(page);
  await page.waitForURL(/\/compila\/relazione/);
  await page.getByLabel("Indicatori economici e finanziari").fill("2024;;1.000.000,00;10.000,00;-2.000,00;80.000,00\n2025;;900.000,00;9.000,00;-1.000,00;80.000,00");
  await page.getByRole("button", { name: "Salva", exact: true }).click();
  await page.getByText("Salvato.", { exact: true }).waitFor();
  assert.equal(await page.locator("#esito-indicatori .esito-danger").count(), 0);
  await inspect(page, "step-report-indicators");
  await page.goto(`${PORTAL}/domande/${id}/compila/dichiarazioni`);
  await page.getByLabel("Difficoltà finanziarie", { exact: true }).fill("Testo");
  await page.goto(`${PORTAL}/domande/${id}/compila/prestazione`);
  await fillProduct(page, "CISOA – operai agricoli");
  await page.getByLabel("Giornate richieste").fill("12");
  assert.equal(await page.getByLabel("Fondo di solidarietà").count(), 0);
  await page.getByLabel("Causale").selectOption({ label: "Intemperie stagionali" });
  await page.getByRole("button", { name: "Salva", exact: true }).click();
  await page.getByText("Salvato.", { exact: true }).waitFor();
  assert.equal(await page.getByLabel("Giornate richieste").inputValue(), "12");
  await inspect(page, "step-reason-cisoa");
});

test("a click mends what has one right answer", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  const id = await begin(page);
  await page.getByLabel("Prima settimana (lunedì)").fill("2026-09-16");
  await page.getByLabel("Settimane", { exact: true }).fill("2");
  await page.getByRole("button", { name: "Comincia lunedì 14/09/2026" }).click();
  await page.getByText("Fatto: la domanda è stata corretta.").waitFor();
  assert.equal(await page.getByLabel("Prima settimana (lunedì)").inputValue(), "2026-09-14");
  await next(page);
  await fillProduct(page);
  await fillReason(page);
  await page.goto(`${PORTAL}/domande/${id}/compila/periodo`);
  await page.getByLabel("Settimane", { exact: true }).fill("60");
  await page.getByRole("button", { name: "Salva", exact: true }).click();
  await page.getByText("Salvato.", { exact: true }).waitFor();
  const fix = page.getByRole("button", { name: /^Riduci a \d+ settimane/ });
  await inspect(page, "step-period-fix");
  const fits = (await fix.innerText()).match(/\d+/)[0];
  assert.equal(fits, "13");
  await fix.click();
  await page.getByText("Fatto: la domanda è stata corretta.").waitFor();
  assert.equal(await page.getByLabel("Settimane", { exact: true }).inputValue(), fits);
  assert.match(await page.getByRole("complementary").innerText(), /Dopo questo giorno si riconoscono solo le settimane/);
});

test("what the platform filled in says where from, and who saves it confirms it", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  const id = await begin(page);
  await page.goto(`${PORTAL}/domande/${id}/compila/unita`);
  const block = page.getByRole("region", { name: "Dati compilati dalla piattaforma" });
  assert.match(await block.innerText(), /Azienda\s+Officine Ambrosiane S\.r\.l\.\s+anagrafe dell'Istituto, 02\/09\/2026, \d\d:\d\d\s+da confermare/);
  await page.getByText(/Compilato dalla piattaforma: anagrafe dell'Istituto.* – da confermare/).first().waitFor();
  await inspect(page, "step-unit-filled");
  await next(page);
  await page.waitForURL(/\/compila\/periodo/);
  await page.goto(`${PORTAL}/domande/${id}/compila/unita`);
  assert.match(await block.innerText(), /confermato il 02\/09\/2026, \d\d:\d\d \(Intermediario\)/);
  await page.goto(`${PORTAL}/domande/${id}/compila/dichiarazioni`);
  assert.match(await page.getByRole("main").innerText(), /XXXCNS80A01Z990H\s+Dalla tua identità digitale/);
  await page.goto(`${PORTAL}/domande/${id}/stampa`);
  assert.match(await page.getByRole("main").innerText(), /Organico medio del semestre precedente[\s\S]*anagrafe dell'Istituto/);
});
