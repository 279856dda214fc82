// Search and the desk of an office: filters and orders as links, lists to take along, claims shared out, handed over, noted
// on and transferred, appeals settled, signatures delegated. STOCK names the claims that wait.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { PORTAL, inspect, login, open, somebody } from "./people.mjs";

const stock = JSON.parse(process.env.STOCK);

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser.close(); });

async function as(persona, options) {
  const page = await somebody(browser, options);
  await login(page, persona);
  await page.waitForURL(`${PORTAL}/`);
  return page;
}

async function downloaded(page, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

test("a filer finds claims, sorts them and takes the list along", async () => {
  const page = await as("consulente", { acceptDownloads: true });
  await page.getByRole("link", { name: "Ricerca", exact: true }).click();
  await inspect(page, "search");
  assert.equal(await page.getByLabel("Chi la segue").count(), 0, "who follows a claim is for offices to know");
  await page.getByLabel("Parole").fill(stock.waiting[0].slice(-7));
  await page.getByRole("button", { name: "Cerca" }).click();
  await page.getByText("1 domanda trovata").waitFor();
  assert.match(page.url(), /testo=\d{7}/);
  await page.getByLabel("Parole").fill("ab");
  await page.getByRole("button", { name: "Cerca" }).click();
  await page.getByRole("alert").waitFor();
  await page.goto(`${PORTAL}/ricerca?testo=nessunacosì`);
  await page.getByText("Nessuna domanda corrisponde").waitFor();
  await inspect(page, "search-empty");

  await page.goto(`${PORTAL}/ricerca`);
  await page.getByRole("link", { name: "Ordina per Ore" }).click();
  await page.waitForURL(/ordine=ore&verso=giu/);
  assert.equal(await page.locator("th[aria-sort=descending]").innerText().then((text) => text.split("\n")[0]), "Ore");
  const rows = await page.locator("tbody tr").count();
  const csv = await downloaded(page, "Scarica in CSV");
  assert.match(csv.name, /^domande-20260902\.csv$/);
  const lines = csv.bytes.toString("utf8").trimEnd().split("\r\n");
  assert.ok(lines[0].startsWith("\ufeffProtocollo;Stato;"));
  assert.equal(lines.length - 1, rows);
  const xlsx = await downloaded(page, /Scarica in XLSX/);
  assert.match(xlsx.name, /\.xlsx$/);
  assert.equal(xlsx.bytes.subarray(0, 2).toString(), "PK");
});

test("an officer shares out the queue, without scripts too", async () => {
  const page = await as("funzionario", { javaScriptEnabled: false });
  await page.goto(`${PORTAL}/ufficio?libere=si`);
  await page.getByRole("button", { name: "Assegna", exact: true }).waitFor();
  for (const protocol of stock.waiting.slice(0, 2)) await page.getByLabel(`Scegli la domanda ${protocol}`).check();
  await page.getByLabel("Assegna a").selectOption({ index: 1 });
  await page.getByRole("button", { name: "Assegna", exact: true }).click();
  assert.equal(await page.getByText(": Assegnata").count(), 2);

  const scripted = await as("funzionario");
  await scripted.goto(`${PORTAL}/ufficio`);
  await inspect(scripted, "queue-officer");
  await scripted.getByRole("table", { name: /per prodotto ed età/ }).getByRole("link").first().click();
  await scripted.waitForURL(/eta=AGE_BAND_0_15/);
  await scripted.getByLabel(`Scegli la domanda ${stock.waiting[2]}`).check();
  await scripted.getByLabel("Assegna a").selectOption({ index: 1 });
  await scripted.getByRole("button", { name: "Assegna", exact: true }).click();
  await scripted.getByRole("heading", { name: "Esito dell'assegnazione" }).waitFor();
  await inspect(scripted, "assigned");
});

test("an operator notes, corrects a note, and hands a claim back to the queue", async () => {
  const page = await as("operatore");
  await page.goto(`${PORTAL}/ufficio/${stock.inCharge}`);
  await page.getByLabel("Nuova nota").fill("Chiamato lo studio: manda l'allegato domani.");
  await page.getByRole("button", { name: "Aggiungi la nota" }).click();
  await page.getByText("La nota è nel fascicolo della Sede.").waitFor();
  await page.getByLabel("Nuova nota").fill("Non domani: lunedì.");
  await page.getByLabel("Corregge").selectOption({ index: 1 });
  await page.getByRole("button", { name: "Aggiungi la nota" }).click();
  const notes = page.getByRole("region", { name: "Note della Sede" });
  await notes.getByText(/Corregge: .*Operatore di Sede \(tu\)/).waitFor();
  await inspect(page, "desk-notes");
  await page.getByText("Cedi la domanda").click();
  await page.getByLabel("Perché la cedi").fill("Ferie.");
  await page.getByRole("button", { name: "Cedi", exact: true }).click();
  await page.getByText("La domanda non è più in carico a te.").waitFor();
  const history = await page.getByRole("region", { name: "Cronologia" }).innerText();
  assert.match(history, /Cessione/);
  assert.match(history, /Nota della Sede/);
  await page.getByRole("button", { name: "Prendi in carico" }).click();
  await page.getByText("La domanda è in carico a te.").waitFor();

  const filer = await as("consulente");
  await filer.goto(`${PORTAL}/domande/${stock.inCharge}`);
  assert.doesNotMatch(await filer.getByRole("main").innerText(), /allegato domani|Cessione/);
});

test("a director delegates the signature and ends the delegation, and transfers a claim", async () => {
  const page = await as("direttore");
  await page.getByRole("link", { name: "Deleghe di firma" }).click();
  await page.getByLabel("Delegato").selectOption({ index: 1 });
  await page.getByLabel("Dal", { exact: true }).fill("2026-09-02");
  await page.getByLabel("Al", { exact: true }).fill("2026-09-30");
  await inspect(page, "delegations-new");
  await page.getByRole("button", { name: "Delega la firma" }).click();
  await page.getByText("La delega di firma è registrata.").waitFor();
  await page.getByText("in corso").waitFor();
  await inspect(page, "delegations");
  await page.getByRole("button", { name: /Revoca la delega/ }).click();
  await page.getByText("La delega di firma è revocata.").waitFor();

  await page.goto(`${PORTAL}/ufficio/${stock.toTransfer}`);
  await page.getByText("Trasferisci ad altra Sede").click();
  await page.getByLabel("Altra Sede").selectOption("700000");
  await page.getByLabel("Perché la trasferisci").fill("L'unità ha sede a Roma.");
  await inspect(page, "desk-transfer");
  await page.getByRole("button", { name: "Trasferisci", exact: true }).click();
  await page.getByText("La domanda è passata all'altra Sede.").waitFor();
  await page.goto(`${PORTAL}/ufficio/${stock.toTransfer}`);
  await page.getByRole("heading", { name: "Pagina non trovata" }).waitFor();
});

test("a manager records what the committee decided", async () => {
  const page = await as("dirigente");
  await page.goto(`${PORTAL}/ufficio/${stock.appealed}`);
  await page.getByText("Esito del ricorso").click();
  await page.getByLabel("Decisione del Comitato").selectOption({ label: "Accolto in parte" });
  await page.getByLabel("Numero della delibera").fill("123/2026");
  await page.getByLabel("Data della delibera").fill("2026-09-02");
  await page.getByLabel("Motivi in sintesi").fill("La crisi è transitoria per le prime settimane.");
  await inspect(page, "desk-appeal");
  await page.getByRole("button", { name: "Registra l'esito" }).click();
  await page.getByText("La Sede deve ora proporre e adottare il provvedimento conforme.").waitFor();
  await inspect(page, "desk-ruling");
});
