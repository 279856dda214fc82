// A claim as people write it: a draft is begun, and each step is filled in.
import { PORTAL } from "./people.mjs";

const SECTION = "La sezione descrive con elementi oggettivi la situazione della unità produttiva, le cause della sospensione e le prospettive di ripresa, come chiede il decreto del 2016 per questa causale. Testo di prova, senza dati reali.";
const CIGO = "CIGO – cassa integrazione guadagni ordinaria";
const ORDERS = "Mancanza di lavoro o di commesse (art. 3)";

export const next = (page) => page.getByRole("button", { name: "Salva e continua" }).click();

export const line = (code, iban = "") => `${code};1;40,00;07/01/2015;20,00;${iban}`;

// Starts a draft for the seat of Milano and leaves it at the step of the period.
export const begin = (page) => beginFor(page, "Sede di Milano");

// The same for another unit.
export async function beginFor(page, unit) {
  await page.goto(`${PORTAL}/domande/nuova`);
  await page.getByLabel(new RegExp(unit)).check();
  await page.getByRole("button", { name: "Comincia la domanda" }).click();
  await page.waitForURL(/\/compila\/periodo/);
  return page.url().match(/domande\/([0-9a-f-]{36})/)[1];
}

export async function fillPeriod(page, { first = "2026-09-07", weeks = "2" } = {}) {
  await page.getByLabel("Prima settimana (lunedì)").fill(first);
  await page.getByLabel("Settimane", { exact: true }).fill(weeks);
  await next(page);
  await page.waitForURL(/\/compila\/prestazione/);
}

export async function fillProduct(page, product = CIGO) {
  await page.getByLabel(product).check();
  await next(page);
  await page.waitForURL(/\/compila\/motivo/);
}

export async function fillReason(page, causale = ORDERS) {
  await page.getByLabel("Causale").selectOption({ label: causale });
  await page.getByLabel(/A conguaglio/).check();
  await next(page);
  await page.waitForURL(/\/compila\/lavoratori/);
}

export async function fillWorkers(page, workers = ["XXBHCB70A01Z990F", "XXCHCB70A01Z990K"]) {
  await page.getByLabel("Elenco dei lavoratori").fill(workers.map((code) => line(code)).join("\n"));
  await next(page);
  await page.waitForURL(/\/compila\/relazione/);
}

export async function fillReport(page) {
  for (const section of await page.locator("main textarea[data-conta]").all()) await section.fill(SECTION);
  if (await page.getByLabel("Comunicazione ai sindacati").count()) {
    await page.getByLabel("Comunicazione ai sindacati").fill("2026-08-08");
    await page.getByLabel("Destinatari della comunicazione: RSA").fill("");
    await page.getByLabel("Destinatari della comunicazione: RSU").fill("RSU dello stabilimento");
    await page.getByLabel("Destinatari della comunicazione: Organizzazioni sindacali territoriali").fill("");
    await page.getByLabel("Esito della consultazione").selectOption({ label: "Nessuno ha chiesto l'esame congiunto" });
  }
  await next(page);
  await page.waitForURL(/\/compila\/allegati/);
}

export async function fillStatements(page) {
  for (const box of await page.getByRole("group", { name: "Dichiarazioni" }).getByRole("checkbox").all()) await box.check();
  for (const note of await page.getByLabel("Nota di forzatura").all()) await note.fill("I dati sono stati verificati con l'azienda.");
  await page.getByLabel("PEC per le risposte").fill("studio@pec.esempio.invalid");
  await page.getByLabel("Telefono").fill("02 5550100");
  await next(page);
  await page.waitForURL(/\/compila\/verifica/);
}

// A whole CIGO claim, up to the check.
export async function fill(page, { workers, ...period } = {}) {
  await fillPeriod(page, period);
  await fillProduct(page);
  await fillReason(page);
  await fillWorkers(page, workers);
  await fillReport(page);
  await next(page);
  await page.waitForURL(/\/compila\/dichiarazioni/);
  await fillStatements(page);
}

// Findings that may be forced are answered with a note.
export async function confirmForced(page) {
  if (await page.getByRole("button", { name: "Invia la domanda" }).count()) return;
  await page.getByRole("navigation", { name: "Passi della domanda" }).getByRole("link", { name: /Dichiarazioni/ }).click();
  for (const note of await page.getByLabel("Nota di forzatura").all()) await note.fill("I dati sono stati verificati con l'azienda.");
  await next(page);
  await page.waitForURL(/\/compila\/verifica/);
}

// Invented workers: well-formed codici fiscali with a birthplace that does not exist.
const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
const PLACES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const MONTHS = "ABCDEHLMPRST";

export function person(number) {
  let rest = number;
  let letters = "";
  for (let place = 0; place < 4; place += 1) {
    letters += LETTERS[rest % 20];
    rest = Math.floor(rest / 20);
  }
  const month = MONTHS[rest % 12];
  rest = Math.floor(rest / 12);
  const day = String((rest % 28) + 1).padStart(2, "0");
  rest = Math.floor(rest / 28);
  const body = `XX${letters}${70 + (rest % 30)}${month}${day}Z990`;
  const values = [...body].map((mark, place) => (place % 2 === 0 ? ODD[PLACES.indexOf(mark)] : PLACES.indexOf(mark) - (mark > "9" ? 10 : 0)));
  return body + String.fromCharCode(65 + (values.reduce((sum, value) => sum + value, 0) % 26));
}

// A list as a file, of so many workers.
export function list(workers, from = 1) {
  const lines = Array.from({ length: workers }, (_, index) => line(person(from + index)));
  return ["codice_fiscale;qualifica;orario_settimanale;data_assunzione;ore_richieste;iban", ...lines, ""].join("\r\n");
}
