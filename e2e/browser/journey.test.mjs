// The journey: a consultant files, an operator examines, a director adopts, the consultant reads.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { begin, confirmForced, fill, fillPeriod, fillProduct, fillReason, next } from "./filing.mjs";
import { PORTAL, inspect, login, open, somebody, weight } from "./people.mjs";

const MOTIVATION = "Esaminata la relazione tecnica, ricorrono i presupposti di legge per la concessione del trattamento richiesto.";

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser.close(); });

test("a claim travels from a consultant to a decision", async () => {
  const consultant = await somebody(browser);
  await consultant.goto(PORTAL);
  await consultant.waitForURL(/\/accesso/);
  await inspect(consultant, "login");
  await login(consultant, "consulente");
  await consultant.waitForURL(`${PORTAL}/`);
  assert.match(await consultant.getByRole("region", { name: "Profilo in uso" }).innerText(), /per conto di\s+Officine Ambrosiane/);
  await inspect(consultant, "home-empty");
  await consultant.goto(`${PORTAL}/profilo`);
  await inspect(consultant, "profile");

  await consultant.goto(`${PORTAL}/domande/nuova`);
  await inspect(consultant, "new-claim");
  const id = await begin(consultant);
  await fill(consultant);
  await inspect(consultant, "step-review");
  for (const step of ["unita", "periodo", "prestazione", "motivo", "lavoratori", "relazione", "allegati", "dichiarazioni"]) {
    await consultant.goto(`${PORTAL}/domande/${id}/compila/${step}`);
    await inspect(consultant, `step-${step}`);
  }
  await consultant.goto(`${PORTAL}/domande/${id}/compila/periodo`);
  assert.match(await consultant.getByRole("img", { name: /Negli ultimi due anni/ }).getAttribute("aria-labelledby"), /fascia/);
  await consultant.goto(`${PORTAL}/domande/${id}/stampa`);
  await inspect(consultant, "print-preview");
  const preview = await consultant.getByRole("main").innerText();
  assert.equal(preview.split("Elementi richiesti dalla causale").length - 1, 2, "both sections of the reason are shown");
  assert.match(preview, /XXXCNS80A01Z990H/, "who files is known from the login");

  await consultant.goto(`${PORTAL}/domande/${id}/compila/verifica`);
  await consultant.getByRole("button", { name: "Invia la domanda" }).click();
  await consultant.waitForURL(/\/ricevuta/);
  const receipt = await consultant.getByRole("main").innerText();
  const protocol = receipt.match(/INPS\.4900\.\d\d\/\d\d\/2026\.\d{7}/)[0];
  await inspect(consultant, "receipt");

  const operator = await somebody(browser);
  await login(operator, "operatore");
  await inspect(operator, "home-office");
  await operator.goto(`${PORTAL}/ufficio`);
  await inspect(operator, "queue");
  await operator.getByRole("link", { name: protocol }).click();
  await inspect(operator, "desk");
  await operator.getByRole("button", { name: "Prendi in carico" }).click();
  await operator.getByText("La domanda è in carico a te.").waitFor();
  await operator.getByRole("link", { name: "Proponi la decisione" }).click();
  await operator.getByText("Le settimane concesse stanno nei limiti.").waitFor();
  await operator.getByLabel("Motivazione").fill(MOTIVATION);
  await operator.locator("#anteprima").getByText(MOTIVATION).waitFor();
  await inspect(operator, "proposal");
  await operator.getByRole("button", { name: "Invia la proposta" }).click();
  await operator.getByText("La proposta è stata inviata").waitFor();
  assert.equal(await operator.getByRole("button", { name: "Adotta il provvedimento" }).count(), 0);

  const director = await somebody(browser);
  await login(director, "direttore");
  await director.getByRole("link", { name: protocol }).first().click();
  await inspect(director, "desk-proposal");
  await director.getByRole("button", { name: "Adotta il provvedimento" }).click();
  await director.getByText("Il provvedimento è adottato").waitFor();

  await consultant.goto(`${PORTAL}/domande/${id}`);
  const decision = consultant.getByRole("region", { name: /Provvedimento: Accoglimento/ });
  assert.match(await decision.innerText(), /49002600000\d/);
  await inspect(consultant, "decision");
  await consultant.goto(`${PORTAL}/domande`);
  await inspect(consultant, "claims");
  assert.ok((await consultant.getByRole("row", { name: new RegExp(protocol) }).innerText()).includes("Accolta"));
  await consultant.goto(PORTAL);
  await inspect(consultant, "home");
  for (const address of ["/", "/domande", `/domande/${id}`]) {
    const kilobytes = await weight(browser, consultant, address);
    assert.ok(kilobytes < 300, `${address} weighs ${kilobytes} kB`);
  }

  await consultant.getByRole("link", { name: "English" }).click();
  await consultant.getByRole("heading", { name: "Your claims" }).waitFor();
  assert.equal(await consultant.getAttribute("html", "lang"), "en");
  await consultant.getByRole("link", { name: "Italiano" }).click();
  await consultant.getByRole("button", { name: "Esci" }).click();
  await consultant.getByRole("heading", { name: "Sei uscito" }).waitFor();
  await inspect(consultant, "logged-out");
});

test("a proposal is sent back with a remark, and the operator reads it", async () => {
  const consultant = await somebody(browser);
  await login(consultant, "consulente");
  await begin(consultant);
  await fill(consultant, { first: "2026-09-14", weeks: "1", workers: ["XXCBTL70A01Z990X"] });
  await confirmForced(consultant);
  await consultant.getByRole("button", { name: "Invia la domanda" }).click();
  await consultant.waitForURL(/\/ricevuta/);
  const id = consultant.url().match(/domande\/([0-9a-f-]{36})/)[1];

  const operator = await somebody(browser);
  await login(operator, "operatore");
  await operator.goto(`${PORTAL}/ufficio/${id}`);
  await operator.getByRole("button", { name: "Prendi in carico" }).click();
  await operator.goto(`${PORTAL}/ufficio/${id}/proposta`);
  await operator.getByLabel("Motivazione").fill("Troppo breve.");
  await operator.getByRole("button", { name: "Invia la proposta" }).click();
  assert.match(await operator.getByRole("alert").innerText(), /motivazione/i);
  assert.equal(await operator.getByLabel("Motivazione").inputValue(), "Troppo breve.");
  await operator.getByLabel("Motivazione").fill(MOTIVATION);
  await operator.getByRole("button", { name: "Invia la proposta" }).click();
  await operator.getByText("La proposta è stata inviata").waitFor();

  const director = await somebody(browser);
  await login(director, "direttore");
  await director.goto(`${PORTAL}/ufficio/${id}`);
  await director.getByText("Restituisci la proposta").click();
  await director.getByLabel("Rilievo per l'operatore").fill("Indicare i documenti considerati.");
  await director.getByRole("button", { name: "Restituisci", exact: true }).click();
  await director.getByText("La proposta è stata restituita.").waitFor();
  await operator.goto(`${PORTAL}/ufficio/${id}`);
  assert.match(await operator.getByRole("main").innerText(), /Indicare i documenti considerati/);
});

test("what is wrong is told beside the field, in a summary that leads to it, and nothing typed is lost", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  const id = await begin(page);
  await page.goto(`${PORTAL}/domande/${id}/compila/periodo`);
  await page.getByLabel("Prima settimana (lunedì)").fill("2026-09-08");
  await page.getByLabel("Settimane", { exact: true }).fill("2");
  await next(page);
  const summary = page.getByRole("alert");
  await summary.getByRole("link", { name: "Prima settimana (lunedì)" }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "prima_settimana");
  assert.match(await page.locator("#esito-prima_settimana").innerText(), /lunedì/);
  await inspect(page, "step-period-wrong");

  await page.goto(`${PORTAL}/domande/${id}/compila/lavoratori`);
  await page.getByLabel("Elenco dei lavoratori").fill("XXBHCB70A01Z990F;1;40,00;07/01/2015;20,00\nSBAGLIATO;1;40;07/01/2015;20");
  await next(page);
  assert.match(await page.getByRole("alert").innerText(), /Riga 2, Codice fiscale/);
  assert.match(await page.getByLabel("Elenco dei lavoratori").inputValue(), /SBAGLIATO/);
  await inspect(page, "step-workers-wrong");
});

test("what is typed is saved by itself, with the findings as they change", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  const id = await begin(page);
  await fillPeriod(page, { first: "2026-09-14" });
  await fillProduct(page);
  await fillReason(page);
  await page.goto(`${PORTAL}/domande/${id}/compila/periodo`);
  await page.getByLabel("Settimane", { exact: true }).fill("3");
  await page.getByText("Salvato automaticamente").waitFor();
  await page.locator("#controllo").getByText("3 settimane").waitFor();
  await page.reload();
  assert.equal(await page.getByLabel("Settimane", { exact: true }).inputValue(), "3");
});

test("going back, refreshing and clicking twice make one claim", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  const drafts = async () => {
    await page.goto(`${PORTAL}/domande?stato=CLAIM_STATE_DRAFT`);
    return page.getByRole("row").count();
  };
  const before = await drafts();
  await page.goto(`${PORTAL}/domande/nuova`);
  await page.getByLabel(/Stabilimento di Lambrate/).check();
  await page.getByRole("button", { name: "Comincia la domanda" }).dblclick();
  await page.waitForURL(/\/compila\/periodo/);
  const first = page.url();
  await page.goBack();
  await page.getByLabel(/Stabilimento di Lambrate/).check();
  await page.getByRole("button", { name: "Comincia la domanda" }).click();
  await page.waitForURL(/\/compila\/periodo/);
  assert.ok(page.url() === first || (await drafts()) <= before + 2);

  await page.goto(first);
  await fill(page, { first: "2026-09-14", weeks: "1", workers: ["XXDBTL70A01Z990Z"] });
  await confirmForced(page);
  const send = page.getByRole("button", { name: "Invia la domanda" });
  await send.dblclick();
  await page.waitForURL(/\/ricevuta/);
  const protocol = (await page.getByRole("main").innerText()).match(/INPS\.4900\.\S+/)[0];
  await page.reload();
  assert.ok((await page.getByRole("main").innerText()).includes(protocol));
  await page.goBack();
  await page.waitForLoadState();
  if (await send.count()) {
    await send.click();
    await page.waitForURL(/\/(ricevuta|domande\/[0-9a-f-]{36}$)/);
  }
  assert.ok((await page.getByRole("main").innerText()).includes(protocol));
});

test("the form works without scripts", async () => {
  const page = await somebody(browser, { javaScriptEnabled: false });
  await login(page, "consulente");
  const id = await begin(page);
  await fillPeriod(page);
  await fillProduct(page);
  await page.getByLabel("Causale").selectOption({ label: "Crisi di mercato (art. 3)" });
  await page.getByRole("button", { name: "Salva", exact: true }).click();
  await page.getByText("Salvato.", { exact: true }).waitFor();
  await page.goto(`${PORTAL}/domande/${id}/compila/lavoratori`);
  const line = page.getByRole("group", { name: "Aggiungi un lavoratore" });
  await line.getByLabel("Codice fiscale").fill("XXBHCB70A01Z990F");
  await line.getByLabel("Qualifica").selectOption("1");
  await line.getByLabel("Orario settimanale").fill("40");
  await line.getByLabel("Data di assunzione").fill("2015-01-07");
  await line.getByLabel("Ore richieste").fill("20");
  await page.getByRole("button", { name: "Aggiungi all'elenco" }).click();
  assert.equal(await page.getByRole("row", { name: /XXBHCB70A01Z990F/ }).count(), 1);
  await page.getByRole("button", { name: /Togli XXBHCB70A01Z990F/ }).click();
  await page.getByText("Salvato.", { exact: true }).waitFor();
  assert.equal(await page.getByRole("row", { name: /XXBHCB70A01Z990F/ }).count(), 0);
});

test("a form is filled in with the keyboard alone", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  await page.goto(`${PORTAL}/domande/nuova`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), "#contenuto");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  while ((await page.evaluate(() => document.activeElement.type)) !== "radio") await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  while ((await page.evaluate(() => document.activeElement.textContent.trim())) !== "Comincia la domanda") await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/compila\/periodo/);
});
