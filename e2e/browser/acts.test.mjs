// Documents: a decision checked by anybody, with and without scripts, and downloaded by the claimant.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { PORTAL, inspect, login, open, somebody } from "./people.mjs";

const { CLAIM_ID, CODE, PROTOCOL } = process.env;
const GROUPED = CODE.match(/.{5}/g).join("-");

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser.close(); });

test("anybody checks a code without a login", async () => {
  const anybody = await somebody(browser);
  await anybody.goto(`${PORTAL}/verifica`);
  await inspect(anybody, "verify");
  await anybody.getByLabel("Codice di verifica").fill(GROUPED.toLowerCase());
  await anybody.getByRole("button", { name: "Verifica" }).click();
  await anybody.getByRole("heading", { name: "Il provvedimento è autentico" }).waitFor();
  const answer = await anybody.getByRole("main").innerText();
  assert.ok(answer.includes(PROTOCOL) && answer.includes("Accoglimento parziale") && answer.includes("02/09/2026"), answer);
  assert.ok(!answer.includes("Officine"), "nobody learns whose act it is");
  await inspect(anybody, "verify-genuine");

  await anybody.goto(`${PORTAL}/verifica/${"0".repeat(25)}`);
  await anybody.getByRole("heading", { name: "Nessun provvedimento ha questo codice" }).waitFor();
  await inspect(anybody, "verify-unknown");
  await anybody.goto(`${PORTAL}/verifica/ABC`);
  await anybody.getByRole("heading", { name: "Il codice non è scritto correttamente" }).waitFor();
  await anybody.goto(`${PORTAL}/verifica/${GROUPED}`);
  await anybody.getByRole("link", { name: "English" }).click();
  await anybody.getByRole("heading", { name: "The decision is genuine" }).waitFor();
});

test("the check works without scripts", async () => {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "it-IT" });
  const page = await context.newPage();
  await page.goto(`${PORTAL}/verifica`);
  await page.getByLabel("Codice di verifica").fill(CODE);
  await page.getByRole("button", { name: "Verifica" }).click();
  assert.match(await page.getByRole("main").innerText(), /Il provvedimento è autentico/);
});

test("the claimant downloads the act and the receipt", async () => {
  const consultant = await somebody(browser);
  await login(consultant, "consulente");
  await consultant.goto(`${PORTAL}/domande/${CLAIM_ID}`);
  const [act] = await Promise.all([
    consultant.waitForEvent("download"),
    consultant.getByRole("link", { name: "Scarica il provvedimento (PDF/A)" }).click(),
  ]);
  const file = readFileSync(await act.path());
  assert.match(act.suggestedFilename(), /^provvedimento-INPS\.4900\..*\.pdf$/);
  assert.equal(file.subarray(0, 5).toString(), "%PDF-");

  const answer = await consultant.request.get(`${PORTAL}/documenti/${CLAIM_ID}/provvedimento`);
  const headers = answer.headers();
  assert.equal(headers["content-type"], "application/pdf");
  assert.equal(headers["content-length"], String(file.length));
  assert.equal(headers["cache-control"], "no-store");
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.match(headers["content-disposition"], /^attachment; filename="provvedimento-.*\.pdf"; filename\*=UTF-8''provvedimento-/);
  assert.deepEqual(await answer.body(), file, "the same bytes again");

  await consultant.goto(`${PORTAL}/domande/${CLAIM_ID}`);
  const [receipt] = await Promise.all([
    consultant.waitForEvent("download"),
    consultant.getByRole("link", { name: "Scarica la ricevuta (PDF)" }).click(),
  ]);
  assert.match(receipt.suggestedFilename(), /^ricevuta-INPS\.4900\..*\.pdf$/);
});

test("who is not logged in, or has no such claim, gets no act", async () => {
  const anybody = await somebody(browser);
  await anybody.goto(`${PORTAL}/documenti/${CLAIM_ID}/provvedimento`);
  await anybody.waitForURL(/\/accesso/);
  await login(anybody, "consulente-torino");
  const answer = await anybody.request.get(`${PORTAL}/documenti/${CLAIM_ID}/provvedimento`);
  assert.equal(answer.status(), 404);
});
