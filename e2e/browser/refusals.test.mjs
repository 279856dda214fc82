// What is refused, in words; what ends, without losing anything.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PORTAL, choose, inspect, login, open, somebody } from "./people.mjs";

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser.close(); });

const CODES = /IDN-E|PERMISSION|NOT_FOUND|INVALID_|FAILED_|grpc/;

async function shows(page, address, status, heading) {
  const answer = await page.goto(PORTAL + address);
  assert.equal(answer.status(), status, address);
  await page.getByRole("heading", { name: heading }).waitFor();
  const text = await page.getByRole("main").innerText();
  assert.doesNotMatch(text, CODES);
  assert.match(text, /Codice da indicare all'assistenza: [0-9a-f]{32}/);
}

test("every refusal is a page in words with a code for support", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  await shows(page, "/non-esiste", 404, "Pagina non trovata");
  await inspect(page, "not-found");
  await shows(page, "/domande/00000000-0000-7000-8000-000000000000", 404, "Pagina non trovata");
  await shows(page, "/domande/non-un-id", 404, "Pagina non trovata");
  await shows(page, "/ufficio", 403, "Non consentito");
  await inspect(page, "forbidden");
  await page.goto(`${PORTAL}/domande?matricola=8100000002`);
  assert.match(await page.getByRole("alert").innerText(), /delega/i);
});

test("a profile without services is told so", async () => {
  const page = await somebody(browser);
  await login(page, "advisor");
  await page.getByRole("heading", { name: "Nessun servizio per questo profilo" }).waitFor();
  await inspect(page, "home-other");
});

test("a worker without payments is told when one appears", async () => {
  const page = await somebody(browser);
  await login(page, "lavoratore");
  await page.getByRole("heading", { name: "Ancora nessun pagamento" }).waitFor();
  await inspect(page, "home-worker-empty");
  await page.getByRole("link", { name: "I miei pagamenti", exact: true }).click();
  await page.getByRole("heading", { name: "Ancora nessun pagamento" }).waitFor();
});

test("the pages that everybody may read", async () => {
  const page = await somebody(browser);
  for (const [address, name] of [["/accessibilita", "accessibility"], ["/privacy", "privacy"]]) {
    await page.goto(PORTAL + address);
    await inspect(page, name);
  }
});

test("personal pages are not stored, and every page carries its protection", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  const answer = await page.goto(`${PORTAL}/domande`);
  const headers = answer.headers();
  assert.equal(headers["cache-control"], "no-store");
  assert.match(headers["content-security-policy"], /default-src 'none'; script-src 'self'; style-src 'self'/);
  assert.doesNotMatch(headers["content-security-policy"], /unsafe|nonce/);
  assert.equal(headers["x-frame-options"], "DENY");
  for (const cookie of (await page.context().cookies()).filter((one) => one.name.startsWith("omnia"))) {
    assert.ok(cookie.httpOnly && cookie.sameSite === "Lax", cookie.name);
  }
  const asset = await page.request.get(PORTAL + (await page.locator("link[rel=stylesheet]").first().getAttribute("href")));
  assert.match(asset.headers()["cache-control"], /immutable/);
  assert.ok(asset.headers()["content-encoding"]);
});

test("a form from elsewhere is refused", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  const form = { unita: "4900000001/0", richiesta: "0199a000-0000-7000-8000-00000000aaaa" };
  const without = await page.request.post(`${PORTAL}/domande/nuova`, { form, maxRedirects: 0 });
  assert.equal(without.status(), 403);
  const csrf = await page.locator("input[name=_csrf]").first().inputValue();
  const elsewhere = await page.request.post(`${PORTAL}/domande/nuova`, {
    form: { ...form, _csrf: csrf }, headers: { origin: "https://altro.example" }, maxRedirects: 0,
  });
  assert.equal(elsewhere.status(), 403);
});

const TEXT = "Un testo lungo, scritto con pazienza, che non deve andare perso quando la sessione finisce. ".repeat(4);

async function typed(page) {
  await login(page, "consulente");
  await page.goto(`${PORTAL}/domande/nuova`);
  await page.getByLabel(/Sede di Milano/).check();
  await page.getByRole("button", { name: "Comincia la domanda" }).click();
  await page.waitForURL(/\/compila\/periodo/);
  const id = page.url().match(/domande\/([0-9a-f-]{36})/)[1];
  await page.goto(`${PORTAL}/domande/${id}/compila/relazione`);
  return id;
}

async function endSession(page) {
  const cookies = (await page.context().cookies()).filter((cookie) => cookie.name.startsWith("omnia."));
  for (const cookie of cookies) await page.context().clearCookies({ name: cookie.name });
}

// Each of these steps asks for something that somebody thought about.
for (const [step, label, text] of [
  ["relazione", "Attività dell'unità", TEXT.trim()],
  ["periodo", "Proroga di", "490026000001"],
  ["unita", "Organico medio del semestre precedente", "40,00;61,50"],
]) {
  test(`an expired session loses no text in the step ${step}`, async () => {
    const page = await somebody(browser);
    const id = await typed(page);
    await page.goto(`${PORTAL}/domande/${id}/compila/${step}`);
    await page.locator("form[hx-post]").evaluate((form) => form.setAttribute("hx-disable", ""));
    await endSession(page);
    await page.getByLabel(label).fill(text);
    await page.getByRole("button", { name: "Salva", exact: true }).click();
    await page.getByRole("heading", { name: "La sessione è scaduta" }).waitFor();
    await inspect(page, "expired");
    await page.getByRole("link", { name: "Accedi di nuovo" }).click();
    await choose(page, "consulente");
    await page.getByRole("heading", { name: "Riprendi da dove eri rimasto" }).waitFor();
    await inspect(page, "resume");
    // The profile was chosen with the session that is gone: the home chooses the only one again.
    if (await page.getByRole("region", { name: "Profilo in uso" }).count() === 0) {
      const other = await page.context().newPage();
      await other.goto(PORTAL);
      await other.close();
    }
    await page.getByRole("button", { name: "Conferma e salva" }).click();
    await page.goto(`${PORTAL}/domande/${id}/compila/${step}`);
    assert.equal(await page.getByLabel(label).inputValue(), text);
  });
}

test("an expired session loses no text without scripts either, and gives it to nobody else", async () => {
  const page = await somebody(browser, { javaScriptEnabled: false });
  await typed(page);
  await page.getByLabel("Attività dell'unità").fill(TEXT);
  const cookies = await page.context().cookies();
  await endSession(page);
  await page.getByRole("button", { name: "Salva", exact: true }).click();
  await page.getByRole("heading", { name: "La sessione è scaduta" }).waitFor();
  await page.context().addCookies(cookies);
  await page.getByRole("button", { name: /riprendi/ }).click();
  await page.getByRole("heading", { name: "Riprendi da dove eri rimasto" }).waitFor();
  assert.ok((await page.getByRole("main").innerText()).includes("scritto con pazienza"));
});

test("people are warned before an idle session ends, and may go on", async () => {
  const page = await somebody(browser);
  await login(page, "consulente");
  await page.clock.install();
  await page.goto(`${PORTAL}/domande`);
  const warning = page.getByText("La sessione sta per scadere per inattività.");
  assert.equal(await warning.isVisible(), false);
  await page.clock.fastForward("13:30");
  await warning.waitFor();
  await inspect(page, "session-warning");
  await page.getByRole("button", { name: "Continua" }).click();
  await warning.waitFor({ state: "hidden" });
  await page.clock.fastForward("20:00");
  await page.getByText("La sessione è scaduta.").waitFor();
});
