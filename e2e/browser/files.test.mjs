// Files: lists of workers and attachments, with scripts and without, over lines that break.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { begin, fill, confirmForced, list, person } from "./filing.mjs";
import { PORTAL, inspect, login, open, somebody } from "./people.mjs";

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser.close(); });

const csv = (text, name = "lavoratori.csv") => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
const PDF = Buffer.concat([Buffer.from("%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"), Buffer.alloc(700_000, 32)]);

async function atWorkers(options) {
  const page = await somebody(browser, options);
  await login(page, "consulente");
  const id = await begin(page);
  await page.goto(`${PORTAL}/domande/${id}/compila/lavoratori`);
  return { page, id };
}

async function choose(page, file) {
  await page.getByLabel("File", { exact: true }).setInputFiles(file);
  await page.getByRole("button", { name: "Carica", exact: true }).click();
}

const MOST = list(50_000);

test("a list of 50,000 workers goes on where its line broke, also after the page was closed", async () => {
  const { page, id } = await atWorkers();
  const offsets = [];
  let broken = true;
  await page.route("**/pezzo", async (route) => {
    offsets.push(Number(route.request().headers()["x-file-offset"]));
    // The second piece is lost once and comes again by itself; from the fourth on nothing passes until the page is shown anew.
    const lost = offsets.length === 2 || (broken && offsets.length >= 4);
    return lost ? route.abort("connectionreset") : route.continue();
  });
  await choose(page, csv(MOST));
  await page.getByText("Collegamento interrotto: riprovo.", { exact: false }).waitFor();
  while (offsets.length < 5) await page.waitForRequest("**/pezzo");
  assert.equal(offsets[1], offsets[2], "the piece that was lost is sent again");
  await page.goto(`${PORTAL}/domande/${id}/compila/lavoratori`);
  await page.getByText("Un caricamento si è interrotto", { exact: false }).waitFor();
  page.faults = page.faults.filter((fault) => !fault.includes("ERR_CONNECTION_RESET"));
  await inspect(page, "step-workers-broken-upload");
  broken = false;
  const before = offsets.length;
  await choose(page, csv(MOST));
  await page.getByText("L'elenco dei lavoratori è stato sostituito.").waitFor();
  assert.ok(offsets[before] > 0, "bytes that were safe are not sent again");
  await page.getByText(/Ultimo file accolto .*50\.000 lavoratori, 1\.000\.000,00 ore/).waitFor();
  await inspect(page, "step-workers-uploaded");

  await page.getByRole("link", { name: "Vedi l'elenco intero" }).click();
  await inspect(page, "workers");
  await page.getByRole("link", { name: "Pagina successiva" }).click();
  assert.equal(await page.getByRole("row").count(), 101);
  const whole = await page.request.get(`${PORTAL}/domande/${id}/lavoratori.csv`);
  assert.match(whole.headers()["content-disposition"], /attachment/);
  assert.equal((await whole.text()).replace("\uFEFF", ""), MOST);
});

test("a list with faults changes nothing, and every fault is told by line, column and rule", async () => {
  const { page, id } = await atWorkers();
  await choose(page, csv(list(3)));
  await page.getByText("L'elenco dei lavoratori è stato sostituito.").waitFor();
  const wrong = list(200).replaceAll(";40,00;", ";quaranta;");
  await choose(page, csv(wrong));
  await page.waitForURL(/\/caricamenti\//);
  assert.match(await page.getByRole("alert").innerText(), /200 errori/);
  assert.match(await page.getByRole("row").nth(1).innerText(), /2\s+orario_settimanale/);
  await inspect(page, "upload-report");
  await page.getByRole("link", { name: "Pagina successiva" }).click();
  assert.match(await page.getByRole("row").nth(1).innerText(), /102/);
  const faults = await page.request.get(`${page.url().split("?")[0]}/errori.csv`);
  assert.equal((await faults.text()).trim().split("\r\n").length, 201);
  await page.getByRole("link", { name: "Torna ai lavoratori e carica di nuovo" }).click();
  await page.getByText("aveva 200 errori e non ha cambiato nulla", { exact: false }).waitFor();
  assert.match(await page.getByRole("main").innerText(), /Salvati finora: 3 lavoratori/);
  const template = await page.request.get(`${PORTAL}/modelli/lavoratori.csv`);
  assert.match(await template.text(), /codice_fiscale;qualifica;orario_settimanale;data_assunzione;ore_richieste;iban/);
  assert.ok(id);
});

test("files go up by a plain form without scripts", async () => {
  const { page, id } = await atWorkers({ javaScriptEnabled: false });
  await choose(page, csv(list(40)));
  await page.getByText("L'elenco dei lavoratori è stato sostituito.").waitFor();
  assert.match(await page.getByRole("main").innerText(), /Salvati finora: 40 lavoratori/);
  await page.goto(`${PORTAL}/domande/${id}/compila/allegati`);
  await choose(page, { name: "verbale.pdf", mimeType: "application/pdf", buffer: PDF });
  await page.getByText("Il file è allegato.").waitFor();
  await choose(page, { name: "programma.exe", mimeType: "application/octet-stream", buffer: Buffer.from("MZ\0\0") });
  assert.match(await page.getByRole("alert").innerText(), /non è PDF, P7M, XML, CSV, JPEG, PNG né TIFF.*contenuto del file/);
  await choose(page, { name: "grande.pdf", mimeType: "application/pdf", buffer: Buffer.concat([PDF, Buffer.alloc(11 * 1024 * 1024)]) });
  assert.match(await page.getByRole("alert").innerText(), /al massimo 10 MiB.*dimensione/);
});

test("attachments are added, told, downloaded and removed, and the office reads them", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  const id = await begin(page);
  await fill(page, { first: "2026-09-14", weeks: "1", workers: [person(90_003)] });
  await page.goto(`${PORTAL}/domande/${id}/compila/allegati`);
  await inspect(page, "step-attachments-empty");
  await page.getByLabel("Che cos'è").selectOption({ label: "Verbale della consultazione sindacale" });
  await choose(page, { name: "verbale d'incontro.pdf", mimeType: "application/pdf", buffer: PDF });
  await page.getByText("Il file è allegato.").waitFor();
  const told = await page.getByRole("main").innerText();
  assert.ok(told.includes(createHash("sha256").update(PDF).digest("hex")));
  assert.match(told, /PDF/);
  assert.match(told, /700 kB/);
  await inspect(page, "step-attachments");
  await choose(page, { name: "programma.exe", mimeType: "application/octet-stream", buffer: Buffer.from("MZ\0\0") });
  await page.getByText(/non è PDF, P7M, XML, CSV, JPEG, PNG né TIFF.*contenuto del file/).waitFor();
  await page.getByLabel("Che cos'è").selectOption({ label: "Altro documento" });
  await choose(page, { name: "foto.png", mimeType: "image/png", buffer: Buffer.from("89504e470d0a1a0a0000", "hex") });
  await page.getByRole("link", { name: "foto.png" }).waitFor();
  await page.getByRole("button", { name: "Togli foto.png" }).click();
  await page.getByText("L'allegato è stato tolto.").waitFor();
  assert.equal(await page.getByRole("link", { name: "foto.png" }).count(), 0);

  await page.goto(`${PORTAL}/domande/${id}/compila/verifica`);
  await confirmForced(page);
  await page.getByRole("button", { name: "Invia la domanda" }).click();
  await page.waitForURL(/\/ricevuta/);
  await page.goto(`${PORTAL}/domande/${id}`);
  await inspect(page, "claim");

  const operator = await somebody(browser);
  await login(operator, "operatore");
  await operator.goto(`${PORTAL}/ufficio/${id}`);
  const link = operator.getByRole("link", { name: /verbale/ });
  const answer = await operator.request.get(PORTAL + (await link.getAttribute("href")));
  assert.deepEqual(Buffer.from(await answer.body()), PDF);
  assert.match(answer.headers()["content-disposition"], /^attachment/);
  const stranger = await somebody(browser);
  await login(stranger, "consulente-torino");
  const refused = await stranger.request.get(`${PORTAL}/domande/${id}/lavoratori.csv`, { maxRedirects: 0 });
  assert.equal(refused.status(), 404);
});
