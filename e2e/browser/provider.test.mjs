// Login at an OpenID provider that is not ours: code flow, keys that change, logout.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PORTAL, open, somebody } from "./people.mjs";

const PROVIDER = process.env.PROVIDER_URL;
let browser;
before(async () => { browser = await open(); });
after(async () => { await browser.close(); });

async function login(page) {
  await page.goto(`${PORTAL}/accesso`);
  await page.getByRole("link", { name: "Entra con la tua identità digitale" }).click();
  await page.getByRole("button", { name: "Entra come Anna Prova" }).click();
  await page.waitForURL(`${PORTAL}/`);
}

test("a person logs in at the provider and acts under a mandate", async () => {
  const page = await somebody(browser);
  await login(page);
  await page.getByText("Anna Prova").waitFor();
  await page.getByRole("region", { name: "Profilo in uso" }).getByText("Officine Ambrosiane").waitFor();
  await page.goto(`${PORTAL}/domande`);
  await page.getByRole("heading", { name: "Domande", exact: true }).waitFor();
});

test("the provider changes its keys and people go on logging in", async () => {
  const first = await somebody(browser);
  await login(first);
  assert.equal(await (await fetch(`${PROVIDER}/_rotate`)).text(), "rotated");
  // The portal asks for the new keys at once; the gateway at most every ten seconds, and until then says so in words.
  const end = Date.now() + 60_000;
  for (;;) {
    const second = await somebody(browser);
    await second.goto(`${PORTAL}/accesso`);
    await second.getByRole("link", { name: "Entra con la tua identità digitale" }).click();
    await second.getByRole("button", { name: "Entra come Anna Prova" }).click();
    const heading = second.getByRole("heading", { level: 1 });
    await heading.waitFor();
    const title = await heading.innerText();
    if (title !== "Accesso non riuscito") {
      assert.notEqual(title, "Non consentito", "the portal does not know the new key");
      await second.goto(`${PORTAL}/domande`);
      await second.getByRole("heading", { name: "Domande", exact: true }).waitFor();
      return;
    }
    assert.ok(Date.now() < end, "nobody can log in any more");
  }
});

test("logging out ends the session at the provider too", async () => {
  const page = await somebody(browser);
  await login(page);
  await page.getByRole("button", { name: "Esci" }).click();
  const confirm = page.locator("button[name=logout], button[value=yes]").first();
  await confirm.click();
  await page.waitForURL(`${PORTAL}/uscita/conclusa**`);
  await page.goto(`${PORTAL}/domande`);
  await page.waitForURL(/\/accesso/);
  await page.getByRole("link", { name: "Entra con la tua identità digitale" }).click();
  await page.getByRole("button", { name: "Entra come Anna Prova" }).waitFor();
});

test("an answer that was not asked for is refused", async () => {
  const page = await somebody(browser);
  const answer = await page.goto(`${PORTAL}/accesso/ritorno?code=stolen&state=guessed&iss=${encodeURIComponent(PROVIDER)}`);
  assert.equal(answer.status(), 400);
  await page.getByRole("heading", { name: "Accesso non riuscito" }).waitFor();
});
