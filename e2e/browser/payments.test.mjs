// Direct payments as people meet them: a consultant sends a flow with a wrong line and corrects it, the office works a line and
// orders, the bank answers, and the worker reads that it is paid; then what is refused, and a file whose line breaks. STOCK is a
// file with the claim that was granted and the files to send.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { PORTAL, inspect, login, open, somebody } from "./people.mjs";

const stock = JSON.parse(readFileSync(process.env.STOCK, "utf8"));
const SEND = `${PORTAL}/pagamenti/invio/${stock.claim}`;

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser.close(); });

async function as(persona, options) {
  const page = await somebody(browser, options);
  await login(page, persona);
  await page.waitForURL(`${PORTAL}/`);
  return page;
}

const csv = (file) => ({ name: "flusso.csv", mimeType: "text/csv", buffer: Buffer.from(file.csv) });

// Fills in the header of a CSV flow and chooses its file.
async function fill(page, file) {
  await page.getByLabel("Dal", { exact: true }).fill(stock.days.first);
  await page.getByLabel("Al", { exact: true }).fill(stock.days.last);
  await page.getByLabel("Numero di righe").fill(String(file.lines));
  await page.getByLabel("Totale delle ore").fill(file.hours);
  await page.getByLabel("File", { exact: true }).setInputFiles(csv(file));
}

const send = (page) => page.getByRole("button", { name: "Invia il flusso" }).click();

// The platform checks lines by itself, in its own time.
async function once(page, text) {
  while (!(await page.getByRole("main").innerText()).includes(text)) await page.reload();
}

async function downloaded(page, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

const answers = (ids) => Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><OrgnlPmtInfAndSts>${
  ids.map((id) => `<TxInfAndSts><OrgnlEndToEndId>${id}</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>`).join("")
}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>`);

test("from the flow of a consultant, with one wrong line, to the worker who reads that it is paid", async () => {
  const consultant = await as("consulente", { acceptDownloads: true });
  await consultant.getByRole("link", { name: "Pagamenti", exact: true }).click();
  await consultant.getByRole("link", { name: "Invia un flusso" }).first().click();
  await inspect(consultant, "flow-choose");
  await consultant.getByRole("link", { name: /Invia per questa/ }).first().click();
  await consultant.waitForURL(SEND);
  await inspect(consultant, "flow-send");
  await fill(consultant, stock.files.first);
  await send(consultant);
  await consultant.waitForURL(/\/pagamenti\/flussi\//);
  await consultant.getByText("Conserva il numero di protocollo").waitFor();
  assert.match(await consultant.getByRole("main").innerText(), /INPS\.4900\.02\/09\/2026\.\d{7}[\s\S]*[0-9a-f]{64}[\s\S]*3 righe, 72,00 ore[\s\S]*a carico dell'azienda/);
  await once(consultant, "Con anomalie");
  await inspect(consultant, "flow");
  const flow = consultant.url().split("?")[0];

  // What is wrong, by code and remedy, line by line and as a file.
  await consultant.getByRole("link", { name: /ferma/ }).click();
  await consultant.getByText("NOT_A_BENEFICIARY").waitFor();
  assert.match(await consultant.getByRole("main").innerText(), /DEDUCTIONS_TO_WORK/);
  await inspect(consultant, "flow-lines");
  const report = await downloaded(consultant, "Scarica l'esito delle righe (CSV)");
  assert.equal(report.text.trim().split("\r\n").length, 4);
  await consultant.goto(`${flow}/righe/1`);
  // 0,80 × 9,00 × 24 = 172,80, and the employer expected 200,00.
  assert.match(await consultant.getByRole("main").innerText(), /€ 172,80[\s\S]*€ 162,71[\s\S]*differenza di € 27,20/);
  await consultant.getByText("80 % della paga oraria").waitFor();
  await inspect(consultant, "flow-line");
  assert.equal(await consultant.getByText("Conferma le trattenute").count(), 0, "which is for the office");

  // The correction replaces the line that was stopped.
  await consultant.goto(flow);
  await consultant.getByRole("link", { name: "Invia una correzione" }).click();
  await consultant.getByText("Questo invio corregge il flusso", { exact: false }).waitFor();
  await fill(consultant, stock.files.corrected);
  await send(consultant);
  await consultant.waitForURL(/\/pagamenti\/flussi\//);
  await once(consultant, "In pagamento");
  await consultant.getByRole("link", { name: "Vedi il flusso corretto" }).click();
  await consultant.waitForURL(flow);

  const operator = await as("operatore");
  await operator.getByRole("region", { name: "Flussi con righe ferme" }).getByRole("link", { name: /^INPS/ }).first().click();
  await operator.getByRole("link", { name: /ferma/ }).click();
  await operator.getByRole("row").nth(1).getByRole("link").click();
  await operator.getByText("Conferma le trattenute").first().click();
  await inspect(operator, "flow-line-office");
  await operator.getByLabel("Motivo, per il fascicolo").first().fill("Trattenuta lavorata.");
  await operator.getByRole("button", { name: "Conferma le trattenute" }).click();
  await operator.getByText("La riga è stata lavorata.").waitFor();
  await operator.goto(flow);
  await once(operator, "In pagamento");

  const officer = await as("funzionario", { acceptDownloads: true });
  await officer.getByRole("link", { name: "Disposizioni", exact: true }).click();
  await inspect(officer, "treasury-empty");
  await officer.getByRole("button", { name: "Disponi i pagamenti" }).click();
  await officer.getByText("I pagamenti sono disposti").waitFor();
  assert.match(await officer.getByRole("main").innerText(), /3 ordini per € 488,13[\s\S]*3 senza risposta[\s\S]*Conti e ordini coincidono/);
  await inspect(officer, "treasury");
  const file = await downloaded(officer, /^Scarica pain\.001 OMNIA/);
  const ids = [...file.text.matchAll(/<EndToEndId>(\w+)<\/EndToEndId>/g)].map((found) => found[1]);
  assert.equal(ids.length, 3);
  await officer.getByRole("button", { name: "Disponi i pagamenti" }).click();
  await officer.getByText("Nessuna riga verificata da disporre.").waitFor();

  const worker = await as("lavoratore");
  await worker.getByText("In pagamento").waitFor();
  await worker.getByText("La banca lo esegue il 03/09/2026.").waitFor();
  await worker.getByText("Come si calcola l'importo di agosto 2026").click();
  await worker.getByText("80 % della paga oraria").waitFor();
  await inspect(worker, "home-worker");

  await officer.getByLabel("File", { exact: true }).setInputFiles({ name: "risposte.xml", mimeType: "text/xml", buffer: answers([...ids, "IGNOTO"]) });
  await officer.getByRole("button", { name: "Carica", exact: true }).click();
  await officer.getByRole("heading", { name: "Risposte acquisite" }).waitFor();
  assert.match(await officer.getByRole("main").innerText(), /Pagati ora\s+3[\s\S]*IGNOTO/);
  await inspect(officer, "bank-answers");
  await officer.getByRole("link", { name: "Torna alle disposizioni" }).click();
  await officer.getByText("3 pagati").waitFor();

  await worker.getByRole("link", { name: "I miei pagamenti", exact: true }).click();
  const told = await worker.getByRole("main").innerText();
  assert.match(told, /agosto 2026 – Officine Ambrosiane[\s\S]*Pagato[\s\S]*€ 162,71/);
  assert.equal(await worker.getByRole("article").count(), 1, "and nothing of others'");
  assert.doesNotMatch(told, /Bianchi|IT98/);
  await inspect(worker, "my-payments");
  await consultant.goto(flow);
  await consultant.getByText("Pagato", { exact: true }).waitFor();

  // It was too much: the office asks a part back, the worker reads how, and the money comes.
  await operator.goto(`${flow}/righe/1`);
  await operator.getByText("Apri un recupero").first().click();
  await operator.getByLabel("Motivo del recupero").selectOption({ label: "Importo sbagliato" });
  await operator.getByLabel("Importo netto in euro").fill("62,71");
  await operator.getByLabel("Spiegazione per il lavoratore").fill("Ore dichiarate due volte.");
  await inspect(operator, "recovery-open");
  await operator.getByRole("button", { name: "Apri un recupero" }).click();
  await operator.getByText("il lavoratore lo vede già").waitFor();
  await operator.getByText("Registra la notifica").first().click();
  await operator.getByLabel("Giorno di ricevimento della lettera").fill("2026-09-02");
  await operator.getByRole("button", { name: "Registra la notifica" }).click();
  await operator.getByText("Il recupero è aggiornato.").waitFor();
  assert.equal(await operator.getByText("Registra un versamento").count(), 0, "which is for who orders payments");
  await worker.goto(`${PORTAL}/pagamenti/miei`);
  assert.match(await worker.getByRole("main").innerText(), /Somma da restituire: Importo sbagliato[\s\S]*€ 62,71[\s\S]*Ore dichiarate due volte\.[\s\S]*REC[0-9A-Z]{26}/);
  await inspect(worker, "my-payments-recovery");
  await officer.getByRole("link", { name: "Recuperi", exact: true }).click();
  await inspect(officer, "recoveries");
  await officer.getByRole("row").nth(1).getByRole("link").click();
  await officer.getByText("Registra un versamento").first().click();
  await officer.getByLabel("Riferimento della banca").fill("CR20260902001");
  await officer.getByLabel("Importo in euro").fill("62,71");
  await officer.getByLabel("Data di accredito").fill("2026-09-02");
  await inspect(officer, "recovery");
  await officer.getByRole("button", { name: "Registra un versamento" }).click();
  await officer.getByText("Saldato", { exact: true }).waitFor();
  await worker.reload();
  await worker.getByText("Saldato", { exact: true }).waitFor();
});

test("a flow whose file breaks goes on where it broke, and says which line refuses the whole", async () => {
  const page = await as("consulente");
  const offsets = [];
  let broken = true;
  await page.route("**/pezzo", async (route) => {
    offsets.push(Number(route.request().headers()["x-file-offset"]));
    return broken && offsets.length >= 3 ? route.abort("connectionreset") : route.continue();
  });
  await page.goto(SEND);
  await fill(page, stock.files.many);
  await send(page);
  await page.getByText("Collegamento interrotto: riprovo.", { exact: false }).waitFor();
  await page.goto(SEND);
  await page.getByText("Un caricamento si è interrotto", { exact: false }).waitFor();
  page.faults = page.faults.filter((fault) => !fault.includes("ERR_CONNECTION_RESET"));
  await inspect(page, "flow-send-broken");
  broken = false;
  const before = offsets.length;
  await fill(page, stock.files.many);
  await send(page);
  await page.waitForURL(/\/pagamenti\/caricamenti\//);
  assert.ok(offsets[before] > 0, "bytes that were safe are not sent again");
  await page.getByText("IBAN_INVALID").waitFor();
  assert.match(await page.getByRole("row").nth(1).innerText(), new RegExp(`${stock.files.many.lines}\\s+iban`));
  await inspect(page, "flow-refused");
  const faults = await page.request.get(`${page.url()}/errori.csv`);
  assert.equal((await faults.text()).trim().split("\r\n").length, 2);
  await page.goto(SEND);
  await page.getByText("respinto per intero").first().waitFor();
});

test("an XML flow goes up without scripts, and is cancelled with a reason", async () => {
  const page = await as("consulente", { javaScriptEnabled: false });
  await page.goto(`${SEND}?formato=xml`);
  await page.getByRole("button", { name: "Invia il flusso" }).click();
  await page.getByLabel("File", { exact: true }).setInputFiles({ name: "flusso.xml", mimeType: "text/xml", buffer: Buffer.from(stock.xml) });
  await send(page);
  await page.waitForURL(/\/pagamenti\/flussi\//);
  await page.getByRole("link", { name: "Annulla il flusso" }).click();
  await page.getByLabel("Perché lo annulli").fill("Inviato per prova.");
  await page.getByLabel(/Confermo: annulla/).check();
  await page.getByRole("button", { name: "Conferma", exact: true }).click();
  await page.getByText("Il flusso è annullato.").waitFor();
  assert.match(await page.getByRole("main").innerText(), /Annullato[\s\S]*Inviato per prova\./);
  // A header that cannot be read is told beside the form, with what was typed.
  await page.goto(SEND);
  await fill(page, { ...stock.files.corrected, hours: "molte" });
  await send(page);
  assert.match(await page.getByRole("alert").innerText(), /quante righe e quante ore/);
  assert.equal(await page.getByLabel("Totale delle ore").inputValue(), "molte");
});

test("what was granted is paid while an appeal asks for the rest, and where nothing was there is nothing to send for", async () => {
  const page = await as("consulente");
  await page.goto(`${PORTAL}/pagamenti/invio`);
  const offered = await page.getByRole("link", { name: /Invia per questa/ }).evaluateAll((links) => links.map((link) => link.pathname));
  const { partly, nothing } = stock.appealed;
  assert.ok(offered.includes(`/pagamenti/invio/${partly}`) && !offered.includes(`/pagamenti/invio/${nothing}`), offered.join());
  await page.goto(`${PORTAL}/pagamenti/invio/${partly}`);
  await page.getByLabel("Numero di righe").waitFor();
  const refused = await page.goto(`${PORTAL}/pagamenti/invio/${nothing}`);
  assert.equal(refused.status(), 409);
});

test("flows are narrowed by address, page by page, and a filter that is not right is told", async () => {
  const page = await as("consulente");
  await page.goto(`${PORTAL}/pagamenti`);
  await inspect(page, "flows");
  await page.getByRole("link", { name: "Pagina successiva" }).click();
  await page.getByRole("link", { name: "Prima pagina" }).waitFor();
  await page.goto(`${PORTAL}/pagamenti?mese=2026-08&autorizzazione=${stock.authorization}&stato=FLOW_STATE_DELETED`);
  assert.equal(await page.getByRole("row").count(), 26);
  for (const nothing of ["mese=2026-07", "sede=700000", "autorizzazione=700026000001"]) {
    await page.goto(`${PORTAL}/pagamenti?${nothing}`);
    await page.getByText("Nessun flusso corrisponde ai filtri.").waitFor();
  }
  await inspect(page, "flows-empty");
  await page.goto(`${PORTAL}/pagamenti?mese=agosto`);
  await page.getByText("Scrivi il mese come 2026-09.").waitFor();
  await page.goto(`${PORTAL}/lingua/en?torna=%2Fpagamenti`);
  await page.getByRole("heading", { name: "Direct payments" }).waitFor();
});

test("no page shows what the role cannot do", async () => {
  const refused = {
    lavoratore: ["/pagamenti", "/pagamenti/invio", "/pagamenti/disposizioni", "/pagamenti/recuperi"],
    consulente: ["/pagamenti/disposizioni", "/pagamenti/miei", "/pagamenti/recuperi"],
    operatore: ["/pagamenti/disposizioni", "/pagamenti/invio", "/pagamenti/miei"],
    advisor: ["/pagamenti", "/pagamenti/miei", "/pagamenti/disposizioni"],
  };
  for (const [persona, addresses] of Object.entries(refused)) {
    const page = await as(persona);
    assert.equal(await page.getByRole("link", { name: "Disposizioni", exact: true }).count(), 0, persona);
    for (const address of addresses) {
      const answer = await page.goto(PORTAL + address);
      assert.equal(answer.status(), 403, `${persona} ${address}`);
    }
    await page.context().close();
  }
  const page = await as("consulente");
  await page.goto(`${PORTAL}/pagamenti`);
  const flow = await page.getByRole("main").getByRole("link", { name: /^INPS/ }).first().getAttribute("href");
  const stranger = await as("operatore-torino");
  const answer = await stranger.goto(PORTAL + flow);
  assert.equal(answer.status(), 404);
});
