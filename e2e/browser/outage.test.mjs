// Sources that fall silent while a claim is written and sent: the pages say what is missing, nothing is lost, and what was
// left out is completed when they are back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { begin, fillPeriod, fillProduct, fillReason, fillReport, fillStatements, fillWorkers, next } from "./filing.mjs";
import { PORTAL, inspect, login, open, somebody } from "./people.mjs";

const WORKERS = ["XXBHCB70A01Z990F", "XXCHCB70A01Z990K"];
const WAITED = /Il controllo si completerà da solo\./;
const DONE = /Il controllo è stato completato il 02\/09\/2026/g;

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser.close(); });

async function source(name, how) {
  const answer = await fetch(`${process.env.SOURCES_URL}/${name}/${how}`, { method: "POST" });
  assert.equal(answer.status, 204);
}

// What is completed is completed at some time: the page is read again until it is there.
async function until(page, wanted) {
  for (let tries = 0; tries < 120; tries += 1) {
    await page.reload();
    if (wanted(await page.getByRole("main").innerText())) return;
    await page.waitForTimeout(1000);
  }
  throw new Error(`waited in vain:\n${await page.getByRole("main").innerText()}`);
}

test("a claim is written and sent while sources are silent, and completed by itself", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  const id = await begin(page);
  await fillPeriod(page);
  await fillProduct(page);
  await fillReason(page);

  // The registers of workers fall silent: the list is taken all the same, and the page says which check is missing.
  await source("registri", "tace");
  await fillWorkers(page, WORKERS);
  await page.goto(`${PORTAL}/domande/${id}/compila/lavoratori`);
  const aside = await page.getByRole("complementary").innerText();
  for (const silent of ["Registro delle persone", "Denunce UniEmens"]) {
    assert.ok(aside.includes(`${silent}: non risponde. Il controllo che manca sarà completato da solo più tardi.`), aside);
  }
  for (const code of WORKERS) await page.getByRole("rowheader", { name: code }).waitFor();
  await inspect(page, "step-workers-degraded");

  await page.goto(`${PORTAL}/domande/${id}/compila/relazione`);
  await fillReport(page);
  await next(page);
  await page.waitForURL(/\/compila\/dichiarazioni/);
  await fillStatements(page);

  // Then the anagrafe, too: what it said last stands in for it.
  await source("anagrafe", "tace");
  await page.goto(`${PORTAL}/domande/${id}/compila/prestazione`);
  assert.match(await page.getByRole("complementary").innerText(), /Anagrafe di aziende e unità: non risponde\. Valgono i dati del 02\/09\/2026/);
  assert.ok(await page.getByLabel("CIGO – cassa integrazione guadagni ordinaria").isChecked(), "what was chosen is kept");
  await inspect(page, "step-product-degraded");
  await page.goto(`${PORTAL}/domande/${id}/compila/verifica`);
  await inspect(page, "review-degraded");
  await page.getByRole("button", { name: "Invia la domanda" }).click();
  await page.waitForURL(/\/ricevuta/);
  assert.match(await page.getByRole("main").innerText(), /INPS\.4900\.02\/09\/2026\.\d{7}/);

  await page.goto(`${PORTAL}/domande/${id}`);
  assert.match(await page.getByRole("region", { name: "Controlli completati dopo l'invio" }).innerText(), WAITED);
  await inspect(page, "claim-degraded");

  await source("registri", "risponde");
  await source("anagrafe", "risponde");
  await until(page, (text) => !WAITED.test(text) && text.match(DONE)?.length >= 3);
  const completed = await page.getByRole("region", { name: "Controlli completati dopo l'invio" }).innerText();
  assert.match(completed, /Registro delle persone[\s\S]*registro delle persone/i, "what the register does not know is told then");
  await inspect(page, "claim-completed");
});
