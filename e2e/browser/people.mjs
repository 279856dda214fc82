// People at a browser: Debian's Chromium, the development login, and what every page must keep to.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { chromium } from "playwright-core";

export const PORTAL = process.env.PORTAL_URL;
const SHOTS = process.env.SCREENSHOTS;
const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 320, height: 700 };

export async function open() {
  const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=it"],
  });
}

// Somebody with a browser of their own. Whatever a page loads from elsewhere, or refuses to run, fails the test.
export async function somebody(browser, options = {}) {
  const context = await browser.newContext({ viewport: WIDE, locale: "it-IT", ...options });
  const page = await context.newPage();
  page.faults = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of (401|403|404|409|422|502)/.test(message.text())) page.faults.push(message.text().slice(0, 300));
  });
  page.on("pageerror", (error) => page.faults.push(String(error)));
  return page;
}

export async function login(page, persona, address = "/accesso") {
  await page.goto(PORTAL + address);
  await page.getByRole("link", { name: "Entra con la tua identità digitale" }).click();
  await choose(page, persona);
}

export async function choose(page, persona) {
  const name = persona[0].toUpperCase() + persona.slice(1).replaceAll("-", " ");
  await page.getByRole("link", { name, exact: true }).click();
}

// WCAG 2.1 A and AA by axe, at desktop and phone width; nothing wider than a phone; a screenshot when one is wanted.
export async function inspect(page, name) {
  for (const [size, viewport] of [["desktop", WIDE], ["phone", PHONE]]) {
    await page.setViewportSize(viewport);
    const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]).analyze();
    const told = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
    assert.deepEqual(told, [], `${name} at ${size}`);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wider <= 0, `${name} is ${wider} px wider than a ${size}`);
    if (SHOTS) {
      mkdirSync(SHOTS, { recursive: true });
      // What the taking of a picture injects to hide the caret, the policy refuses: that is not the page's fault.
      const faults = page.faults.length;
      await page.screenshot({ path: path.join(SHOTS, `${name}-${size}.png`), fullPage: true });
      page.faults.length = faults;
    }
  }
  await page.setViewportSize(WIDE);
  assert.deepEqual(page.faults, [], `${name}: errors in the console`);
}

// Kilobytes that came over the wire for a page and all that it loads, with an empty cache.
export async function weight(browser, page, address) {
  const context = await browser.newContext({ storageState: await page.context().storageState() });
  const fresh = await context.newPage();
  const session = await context.newCDPSession(fresh);
  let bytes = 0;
  await session.send("Network.enable");
  session.on("Network.loadingFinished", (event) => { bytes += event.encodedDataLength; });
  await fresh.goto(PORTAL + address, { waitUntil: "networkidle" });
  await context.close();
  return bytes / 1000;
}
