// DASMO as directors meet it, over invented claims of two years: from Italy to the office to the chronic list, charts with
// their tables, files to take along, and those who are refused. OFFICE names one with chronic claims.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { PORTAL, inspect, login, open, somebody } from "./people.mjs";

const OFFICE = process.env.OFFICE;

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
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name, exact: true }).click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

const numbers = (page, selector) => page.locator(selector).evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.n)));

test("from Italy to the region, to the office, to the chronic list", async () => {
  const page = await as("dirigente-centrale");
  await page.getByRole("link", { name: "Cruscotto", exact: true }).click();
  await page.getByText("Situazione alla fine del 01/09/2026").waitFor();
  await page.locator("[data-grafico=linee] svg").waitFor();
  await inspect(page, "dashboard-italy");
  assert.ok(await page.locator(".mappa circle").count() > 3, "offices are on the map");
  const regions = page.getByRole("region", { name: "Regioni" });
  const shown = await numbers(page, "section:has(#regioni) tbody td[data-n]");
  const total = (await numbers(page, "section:has(#taglio-titolo) tfoot td[data-n]"))[0];
  assert.equal(shown.reduce((sum, one) => sum + one, 0), total, "regions add up to Italy");

  const forecast = page.getByRole("region", { name: "Previsione" });
  await forecast.getByText("del 01/09/2026", { exact: false }).waitFor();

  await regions.getByRole("link").first().click();
  await page.waitForURL(/regione=\d\d/);
  await page.goto(`${PORTAL}/cruscotto?al=2026-06-30`);
  await forecast.getByText("del 30/06/2026", { exact: false }).waitFor();
  await page.goto(`${PORTAL}/cruscotto`);
  await page.getByRole("region", { name: "Confronto fra sedi" }).getByRole("link", { name: new RegExp(OFFICE) }).click();
  await page.waitForURL(new RegExp(`sede=${OFFICE}`));
  const chronic = page.locator("a.misura", { hasText: "Croniche" });
  const count = Number((await chronic.locator(".cifra").innerText()).replaceAll(".", ""));
  assert.ok(count > 0);
  await chronic.click();
  await page.waitForURL(/pratiche\?.*croniche=si/);
  await page.getByText(`${count} pratiche`).waitFor();
  await inspect(page, "dashboard-cases");
  // On paper the form is gone; what it said and who prints it stand there instead.
  await page.emulateMedia({ media: "print" });
  await page.getByText(`Filtri applicati: sede: ${OFFICE}; Solo croniche. Stampato da`, { exact: false }).waitFor();
  assert.equal(await page.getByRole("search").count(), 0);
  await page.emulateMedia({ media: null });
  const ages = await page.locator("tbody td:nth-child(2)").evaluateAll((cells) => cells.map((cell) => parseInt(cell.textContent, 10)));
  assert.ok(ages.every((age) => age > 180));
  assert.deepEqual(ages, [...ages].sort((one, other) => other - one), "oldest first");

  // The way down ends at the case, for who has no desk too, and leads back to the same list.
  const oldest = page.locator("tbody th a").first();
  const protocol = await oldest.innerText();
  await oldest.click();
  await page.waitForURL(/pratiche\/[0-9a-f-]{36}\?.*croniche=si/);
  await page.getByRole("heading", { name: `Pratica ${protocol}` }).waitFor();
  assert.match(await page.locator("dl.dati").innerText(), new RegExp(`${ages[0]} giorni[\\s\\S]*${OFFICE}[\\s\\S]*Settore`));
  assert.equal(await page.getByRole("link", { name: "Apri la domanda" }).count(), 0);
  await inspect(page, "dashboard-case");
  await page.getByRole("link", { name: "Torna all'elenco" }).click();
  await page.getByText(`${count} pratiche`).waitFor();
});

test("a case leads to its desk for who works there, and is not found elsewhere", async () => {
  const page = await as("direttore-regionale");
  await page.goto(`${PORTAL}/cruscotto/pratiche`);
  await page.locator("tbody th a").first().click();
  await page.waitForURL(/pratiche\/[0-9a-f-]{36}/);
  const address = page.url();
  await page.getByRole("link", { name: "Apri la domanda" }).click();
  await page.waitForURL(/\/ufficio\/[0-9a-f-]{36}$/);
  const stranger = await as("direttore-torino");
  const answer = await stranger.goto(address);
  assert.equal(answer.status(), 404);
});

test("a chart is its table drawn, and a cut narrows to one value", async () => {
  const page = await as("direttore-regionale");
  await page.goto(`${PORTAL}/cruscotto?taglio=causale&passo=mese&dal=2025-09-01`);
  assert.equal(await page.locator("[data-grafico=linee] svg").count(), 1);
  await page.getByText("Dati in tabella").click();
  const months = await page.locator("details table tbody tr").count();
  assert.ok(months >= 12, `${months} months`);
  const remade = await page.locator("details table tbody th", { hasText: "*" }).count();
  assert.equal(await page.getByText("almeno un giorno rielaborato", { exact: false }).count(), Math.min(remade, 1));
  const parts = await numbers(page, "section:has(#taglio-titolo) tbody td[data-n]");
  const total = (await numbers(page, "section:has(#taglio-titolo) tfoot td[data-n]"))[0];
  assert.equal(parts.reduce((sum, one) => sum + one, 0), total);
  await page.locator("section:has(#taglio-titolo) tbody a").first().click();
  await page.waitForURL(/causale=/);
  const narrowed = (await numbers(page, "section:has(#taglio-titolo) tfoot td[data-n]"))[0];
  assert.equal(narrowed, parts[0]);
  await page.getByRole("link", { name: /^Togli il filtro/ }).click();
  await page.waitForURL((url) => !url.searchParams.has("causale"));
});

test("the section of payment flows has its own address, and keeps the filters that it knows", async () => {
  const page = await as("direttore-regionale");
  await page.goto(`${PORTAL}/cruscotto?prodotto=CIGO&causale=MARKET_CRISIS&passo=mese`);
  await page.getByRole("navigation", { name: "Sezioni del cruscotto" }).getByRole("link", { name: "Flussi di pagamento" }).click();
  await page.waitForURL(/flussi\?/);
  const asked = new URL(page.url()).searchParams;
  assert.equal(asked.get("prodotto"), "CIGO");
  assert.equal(asked.has("causale"), false, "reasons of claims stay with the claims");
  await page.getByText("Trattamenti pervenuti").first().waitFor();
  await page.getByLabel("Suddividi per").selectOption("anomalia");
  await page.getByRole("button", { name: "Aggiorna" }).click();
  await page.getByRole("heading", { name: "Per anomalia" }).waitFor();
  await inspect(page, "dashboard-flows");
  // What cannot be counted with a filter is not said to be nothing.
  await page.goto(`${PORTAL}/cruscotto/flussi?settore=1`);
  await page.getByText("Con questo filtro le anomalie non sono contate", { exact: false }).waitFor();
  await page.goto(`${PORTAL}/cruscotto/flussi/elenco`);
  await page.getByText("Nessun flusso corrisponde ai filtri.").waitFor();
  await page.goto(`${PORTAL}/lingua/en?torna=%2Fcruscotto%2Fflussi`);
  await page.getByText("Waiting for a first payment").first().waitFor();
});

test("an office is shown with its agencies, where one is chosen", async () => {
  const page = await as("direttore");
  await page.goto(`${PORTAL}/cruscotto`);
  const agencies = page.getByRole("checkbox", { name: "con le agenzie" });
  assert.equal(await agencies.count(), 0);
  await page.getByLabel("Sede", { exact: true }).fill("490000");
  await page.getByRole("button", { name: "Aggiorna" }).click();
  await page.waitForURL(/sede=490000/);
  await agencies.check();
  await page.getByRole("button", { name: "Aggiorna" }).click();
  await page.waitForURL(/agenzie=1/);
  assert.ok(await agencies.isChecked());
  await inspect(page, "dashboard-agencies");
  await page.getByRole("link", { name: "Vedi le pratiche", exact: true }).click();
  await page.waitForURL(/pratiche\?.*agenzie=1/);
  assert.ok(await agencies.isChecked());
});

test("what is shown goes along as a file that says whose it is", async () => {
  const page = await as("direttore", { acceptDownloads: true });
  await page.goto(`${PORTAL}/cruscotto`);
  const csv = await downloaded(page, "Suddivisione, CSV");
  assert.equal(csv.name, "dasmo-dati-20260901.csv");
  const lines = csv.bytes.toString("utf8").split("\r\n");
  assert.match(lines[0], /^\ufeffSituazione al;2026-09-01/);
  assert.ok(lines.some((line) => /^Estratto da;\S/.test(line)), "the person is named");
  const trend = await downloaded(page, "Andamento nel periodo, XLSX");
  assert.equal(trend.bytes.subarray(0, 2).toString(), "PK");
  const offices = await downloaded(page, "Confronto fra sedi, CSV");
  assert.match(offices.bytes.toString("utf8"), /\r\n"?490000/, "the table of offices");
  const pdf = await downloaded(page, "Suddivisione, PDF");
  assert.equal(pdf.bytes.subarray(0, 5).toString(), "%PDF-");
  await page.getByRole("link", { name: "Elaborazioni e correzioni" }).click();
  // The first night was over before the invented claims of the two years before it came.
  const corrected = page.getByRole("region", { name: "Correzioni a giorni già pubblicati" });
  await corrected.getByText(/^da 0 a [1-9]/).first().waitFor();
  const besides = await corrected.locator("tbody tr").first().locator("td").last().innerText();
  assert.match(besides, /^[1-9]/, "more changed than the three totals");
  assert.ok(await page.getByRole("region", { name: "Ultime elaborazioni" }).getByText("pubblicata").count() > 1);
  await inspect(page, "dashboard-updates");
});

test("digest and alert are offered with the filters of the page, got, and each ended by itself", async () => {
  const page = await as("direttore");
  await page.goto(`${PORTAL}/cruscotto?prodotto=CIGO&passo=mese`);
  await page.getByRole("link", { name: "Ricevi riepiloghi o avvisi per posta elettronica" }).click();
  await page.waitForURL(/\/cruscotto\/riepilogo\?/);
  assert.match(await page.getByRole("region", { name: "Nuova iscrizione" }).innerText(), /prestazione: /);
  await inspect(page, "dashboard-digest");
  const subscribe = async (address) => {
    await page.getByLabel("Indirizzo di posta elettronica").fill(address);
    await page.getByRole("button", { name: "Iscriviti" }).click();
  };
  // Figures do not leave the house.
  await subscribe("direttore@altrove.it");
  await page.getByRole("alert").waitFor();
  await subscribe("direttore@inps.it");
  await page.getByText("Iscrizione registrata", { exact: false }).waitFor();
  const held = page.getByRole("region", { name: "Ricevi già" });
  await held.getByText("direttore@inps.it", { exact: false }).waitFor();
  await page.getByRole("radio", { name: /^Avviso/ }).check();
  await subscribe("direttore@inps.it");
  await page.getByText("un avviso arriva la mattina dopo", { exact: false }).waitFor();
  assert.equal(await held.locator("li").count(), 2);
  await inspect(page, "dashboard-digest-held");
  await page.getByRole("button", { name: "Annulla l'iscrizione: Domande, avviso" }).click();
  await page.getByText("Iscrizione annullata.").waitFor();
  assert.equal(await held.locator("li").count(), 1);
  await page.getByRole("button", { name: "Annulla l'iscrizione: Domande, riepilogo settimanale" }).click();
  await held.waitFor({ state: "detached" });
});

test("it works without scripts, and in English", async () => {
  const page = await as("direttore", { javaScriptEnabled: false });
  await page.goto(`${PORTAL}/lingua/en?torna=%2Fcruscotto`);
  await page.getByRole("heading", { name: "DASMO dashboard" }).waitFor();
  assert.ok(await page.getByRole("region", { name: "Offices compared" }).getByRole("row").count() > 1);
  await page.getByLabel("Cut by").selectOption("fase");
  await page.getByRole("button", { name: "Update" }).click();
  await page.getByRole("heading", { name: "By stage" }).waitFor();
});

test("a filter outside the territory is refused on the page, the list and the file", async () => {
  const page = await as("direttore-torino");
  for (const address of ["/cruscotto?sede=490000", "/cruscotto?regione=03", "/cruscotto/pratiche?sede=490000",
    "/cruscotto/flussi?sede=490000", "/cruscotto/flussi/elenco?sede=490000"]) {
    const answer = await page.goto(PORTAL + address);
    assert.equal(answer.status(), 403, address);
    await page.getByRole("alert").waitFor();
  }
  const file = await page.request.get(`${PORTAL}/cruscotto/esporta?che=pratiche&formato=csv&sede=490000`);
  assert.equal(file.status(), 403);
});

test("everybody else is refused", async () => {
  for (const persona of ["operatore", "consulente", "titolare", "lavoratore", "advisor", "idm"]) {
    const page = await as(persona);
    assert.equal(await page.getByRole("link", { name: "Cruscotto", exact: true }).count(), 0, persona);
    for (const address of ["/cruscotto", "/cruscotto/pratiche", "/cruscotto/flussi", "/cruscotto/flussi/elenco", "/cruscotto/aggiornamento",
      "/cruscotto/riepilogo", "/cruscotto/pratiche/0199a000-0000-7000-8000-000000000001",
      "/cruscotto/esporta?che=dati&formato=csv", "/cruscotto/esporta?che=flussi&formato=csv"]) {
      const answer = await page.goto(PORTAL + address);
      assert.equal(answer.status(), 403, `${persona} ${address}`);
    }
    await page.context().close();
  }
});
