// A claim for COVID-19, in the spring in which they were filed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { begin, fillPeriod, fillProduct, fillStatements, fillWorkers, next } from "./filing.mjs";
import { inspect, login, open, somebody } from "./people.mjs";

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser.close(); });

test("a claim for COVID-19 is filed without report and without consultation", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  await begin(page);
  await fillPeriod(page, { first: "2020-05-11", weeks: "2" });
  await fillProduct(page);
  const reasons = await page.getByLabel("Causale").innerText();
  assert.match(reasons, /COVID-19 nazionale \(giorni dal 23\/02\/2020 al 31\/08\/2020, al massimo 14 settimane\)/);
  await page.getByLabel("Causale").selectOption({ label: reasons.match(/COVID-19 nazionale \(giorni[^)]*\)/)[0] });
  await page.getByLabel(/Pagamento diretto/).check();
  await next(page);
  await page.waitForURL(/\/compila\/lavoratori/);
  await inspect(page, "covid-workers");
  await fillWorkers(page);
  assert.equal(await page.getByLabel("Comunicazione ai sindacati").count(), 0);
  assert.equal(await page.locator("textarea[data-conta]").count(), 0);
  assert.match(await page.getByRole("complementary").innerText(), /il termine è di decadenza/);
  await next(page);
  await page.waitForURL(/\/compila\/allegati/);
  await next(page);
  await page.waitForURL(/\/compila\/dichiarazioni/);
  assert.equal(await page.getByLabel("Difficoltà finanziarie", { exact: true }).count(), 0, "direct payment needs no reason");
  await fillStatements(page);
  await page.getByRole("button", { name: "Invia la domanda" }).click();
  await page.waitForURL(/\/ricevuta/);
  assert.match(await page.getByRole("main").innerText(), /COVID-19 nazionale/);
});
