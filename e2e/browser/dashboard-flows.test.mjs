// DASMO's payment flows as directors meet them, over three days of two flows: from what stops lines to the list, to the flow, and to
// where it is worked.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PORTAL, inspect, login, open, somebody } from "./people.mjs";

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser.close(); });

async function as(persona) {
  const page = await somebody(browser);
  await login(page, persona);
  await page.waitForURL(`${PORTAL}/`);
  return page;
}

test("from what stops lines to the flow, to where it is worked, and back with the filter", async () => {
  const page = await as("direttore");
  await page.goto(`${PORTAL}/cruscotto/flussi`);
  await page.getByText("Situazione alla fine del 06/10/2026", { exact: false }).waitFor();
  await page.getByRole("region", { name: "Anomalie" }).getByRole("link", { name: /pagamento restituito/ }).click();
  await page.waitForURL(/elenco\?.*anomalia=IBAN_RETURNED/);
  await page.getByText("1 flussi").waitFor();
  const row = page.getByRole("region", { name: "Flussi in giacenza" }).locator("tbody tr");
  assert.equal(await row.count(), 1);
  assert.match(await row.innerText(), /UNIEMENS-CIG[\s\S]*Milano \(490000\)[\s\S]*1 di \d[\s\S]*<3/);
  await inspect(page, "dashboard-flows-list");

  const protocol = await row.getByRole("link").innerText();
  await row.getByRole("link").click();
  await page.getByRole("heading", { name: `Flusso ${protocol}` }).waitFor();
  assert.match(await page.locator("dl.dati").innerText(), /Fermi per anomalia\s+1\s[\s\S]*pagamento restituito/);
  await inspect(page, "dashboard-flow");
  const address = page.url();
  await page.getByRole("link", { name: "Torna all'elenco" }).click();
  await page.waitForURL(/elenco\?anomalia=IBAN_RETURNED/);
  await page.goto(address);
  await page.getByRole("link", { name: "Apri il flusso" }).click();
  await page.waitForURL(/\/pagamenti\/flussi\/[0-9a-f-]{36}$/);
  await page.getByText(protocol).first().waitFor();

  // Who sees Italy has no desk in it; who sees elsewhere finds nothing.
  const central = await as("dirigente-centrale");
  await central.goto(address);
  await central.getByRole("heading", { name: `Flusso ${protocol}` }).waitFor();
  assert.equal(await central.getByRole("link", { name: "Apri il flusso" }).count(), 0);
  const stranger = await as("direttore-torino");
  const answer = await stranger.goto(address);
  assert.equal(answer.status(), 404);
});
