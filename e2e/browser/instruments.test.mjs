// Claims of AIS and CISOA, filed by the firms that they are for, and found by the office.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { beginFor, fillPeriod, fillProduct, fillReport, fillStatements, line, next, person } from "./filing.mjs";
import { PORTAL, inspect, login, open, somebody } from "./people.mjs";

const IBAN = "IT60X0542811101000000123456";
const INDICATORS = "2024;;1.000.000,00;10.000,00;-2.000,00;80.000,00\n2025;;900.000,00;9.000,00;-1.000,00;80.000,00";

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser.close(); });

// A consultant of several firms says for which one, and begins a claim of its seat.
async function consultantOf(firm) {
  const page = await somebody(browser);
  await login(page, "consulente");
  await page.goto(`${PORTAL}/profilo`);
  await page.getByRole("listitem").filter({ hasText: firm }).getByRole("button").click();
  await page.getByRole("region", { name: "Profilo in uso" }).getByText(firm).waitFor();
  return page;
}

async function send(page) {
  await page.getByRole("button", { name: "Invia la domanda" }).click();
  await page.waitForURL(/\/ricevuta/);
  const receipt = await page.getByRole("main").innerText();
  return { receipt, protocol: receipt.match(/INPS\.4900\.\d\d\/\d\d\/2026\.\d{7}/)[0] };
}

// The office of Milano opens a claim from its queue.
async function desk(protocol) {
  const operator = await somebody(browser);
  await login(operator, "operatore");
  await operator.goto(`${PORTAL}/ufficio`);
  await operator.getByRole("link", { name: protocol }).click();
  return operator.getByRole("main").innerText();
}

test("a firm of the FIS files an AIS claim for a market crisis, and INPS pays", async () => {
  const page = await consultantOf("Distribuzione Lariana");
  await beginFor(page, "Deposito di Milano");
  await fillPeriod(page, { first: "2026-09-14", weeks: "4" });
  const products = await page.getByRole("group", { name: "Prestazione" }).innerText();
  assert.match(products, /AIS – assegno di integrazione salariale del FIS[^\n]*\n?\s*Suggerita\./);
  assert.match(products, /CIGO[^\n]*\n?\s*Non compatibile\./);
  await fillProduct(page, "AIS – assegno di integrazione salariale del FIS");
  assert.equal(await page.getByLabel("Fondo di solidarietà").count(), 0);
  await page.getByLabel("Causale").selectOption({ label: "Crisi di mercato (art. 3)" });
  await page.getByLabel(/Pagamento diretto/).check();
  await next(page);
  await page.waitForURL(/\/compila\/lavoratori/);
  await page.getByLabel("Si chiede l'anticipo del 40% delle ore autorizzate").check();
  await page.getByLabel("Elenco dei lavoratori").fill([line(person(91_001), IBAN), line(person(91_002), IBAN)].join("\n"));
  await next(page);
  await page.waitForURL(/\/compila\/relazione/);
  await page.getByLabel("Indicatori economici e finanziari").fill(INDICATORS);
  await fillReport(page);
  await next(page);
  await page.waitForURL(/\/compila\/dichiarazioni/);
  await page.getByLabel("Difficoltà finanziarie", { exact: true }).fill("La liquidità non basta ad anticipare le prestazioni, come mostrano gli estratti conto allegati.");
  await fillStatements(page);
  await inspect(page, "review-ais");
  const { receipt, protocol } = await send(page);
  assert.match(receipt, /Distribuzione Lariana/);
  assert.match(receipt, /AIS – assegno di integrazione salariale del FIS/);
  assert.match(receipt, /Crisi di mercato/);
  await inspect(page, "receipt-ais");
  assert.match(await desk(protocol), /AIS – assegno di integrazione salariale del FIS[\s\S]*Pagamento diretto/);
});

test("a firm of a solidarity fund files an AIS claim", async () => {
  const page = await consultantOf("Studio Progetti");
  await beginFor(page, "Studio di Milano");
  await fillPeriod(page, { first: "2026-09-14" });
  await fillProduct(page, "AIS – assegno di un fondo di solidarietà");
  await page.getByLabel("Fondo di solidarietà").selectOption({ label: "Fondo delle attività professionali" });
  await page.getByLabel("Causale").selectOption({ label: "Mancanza di lavoro o di commesse (art. 3)" });
  await page.getByLabel(/A conguaglio/).check();
  await next(page);
  await page.waitForURL(/\/compila\/lavoratori/);
  await page.getByLabel("Elenco dei lavoratori").fill(line(person(91_003)));
  await next(page);
  await page.waitForURL(/\/compila\/relazione/);
  await fillReport(page);
  await next(page);
  await page.waitForURL(/\/compila\/dichiarazioni/);
  await fillStatements(page);
  assert.match(await page.getByRole("main").innerText(), /Fondo delle attività professionali|PROFESSIONALI/);
  const { receipt } = await send(page);
  assert.match(receipt, /AIS – assegno di un fondo di solidarietà/);
});

test("a farm files a CISOA claim by days, without report and consultation", async () => {
  const page = await consultantOf("Vivai della Bassa");
  await beginFor(page, "Vivaio di Milano");
  await fillPeriod(page, { first: "2026-08-31", weeks: "3" });
  await fillProduct(page, "CISOA – operai agricoli");
  await page.getByLabel("Causale").selectOption({ label: "Intemperie stagionali" });
  await page.getByLabel("Giornate richieste").fill("120");
  await page.getByLabel(/A conguaglio/).check();
  await page.getByRole("button", { name: "Salva", exact: true }).click();
  await page.locator("#esito-giorni .esito-danger").getByText(/superano il massimo/).waitFor();
  await page.getByLabel("Giornate richieste").fill("12");
  await next(page);
  await page.waitForURL(/\/compila\/lavoratori/);
  await page.getByLabel("Elenco dei lavoratori").fill([line(person(91_004)), line(person(91_005))].join("\n"));
  await next(page);
  await page.waitForURL(/\/compila\/relazione/);
  assert.equal(await page.locator("textarea[data-conta]").count(), 0, "no report is asked for");
  assert.equal(await page.getByLabel("Comunicazione ai sindacati").count(), 0, "nobody is consulted");
  await next(page);
  await page.waitForURL(/\/compila\/allegati/);
  await next(page);
  await page.waitForURL(/\/compila\/dichiarazioni/);
  await fillStatements(page);
  await inspect(page, "review-cisoa");
  const { receipt, protocol } = await send(page);
  assert.match(receipt, /CISOA – operai agricoli/);
  assert.match(receipt, /Intemperie stagionali/);
  await inspect(page, "receipt-cisoa");
  const claim = await desk(protocol);
  assert.match(claim, /CISOA – operai agricoli[\s\S]*12/);
  assert.doesNotMatch(claim, /biennio mobile/, "the counters of other products say nothing here");
});
