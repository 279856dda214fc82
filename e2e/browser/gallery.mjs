// The pages of the portal as docs/portal.md shows them: desktop and phone side by side, small, from the screenshots of
// `make screenshots`. `node gallery.mjs SCREENSHOTS PICTURES DOCUMENT` draws the pictures and writes their table anew.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { open } from "./people.mjs";

const PAGES = [
  ["login", "The way in"],
  ["home", "Home of who files: drafts, claims that wait, last decisions"],
  ["home-office", "Home of an office"],
  ["profile", "As whom to act"],
  ["new-claim", "A new claim: for which unit"],
  ["step-unita", "The form: unit, with where each value comes from"],
  ["step-periodo", "The weeks, beside the counters as a picture"],
  ["step-period-fix", "Too many weeks, and the click that mends it"],
  ["step-product", "Instruments with how they fit"],
  ["step-reason-cigs", "The reason, with the decree of a CIGS claim"],
  ["step-lavoratori", "The workers"],
  ["step-workers-degraded", "The same while the registers of workers are silent"],
  ["step-relazione", "Technical report and consultation"],
  ["step-review", "Everything at a glance, before the sending"],
  ["receipt", "The receipt"],
  ["claim-completed", "A claim whose checks were completed afterwards"],
  ["upload-report", "A list with faults, line by line"],
  ["decision", "The decision, visible at once"],
  ["claims", "One's own claims"],
  ["search", "Search, with the list to be taken along"],
  ["claim", "One claim, with where it stands and what may be done"],
  ["assigned", "What a bulk assignment came to, claim by claim"],
  ["queue", "The queue of an office, by age and instrument"],
  ["desk", "The desk of a claim"],
  ["proposal", "A proposal with its preview"],
  ["delegations", "Who signs for whom, and until when"],
  ["flows", "Flows of direct payment, by state, month, authorisation and office"],
  ["flow-send", "Sending a flow, with the header that travels beside a CSV"],
  ["flow-refused", "A flow that was refused as a whole, and which line refuses it"],
  ["flow", "A flow with its receipt, its term and its lines by state"],
  ["flow-lines", "Lines that are stopped, with code and remedy"],
  ["flow-line", "A line with the steps to its amount, held against the employer's figure"],
  ["flow-line-office", "The same at the office, with what may be done about it"],
  ["bank-answers", "The bank's answers, taken in and told apart"],
  ["treasury", "Orders to the bank, its answers, and the accounts"],
  ["recoveries", "What has to come back of what was paid too much"],
  ["recovery", "A recovery, with what was done and what may be done"],
  ["home-worker", "Home of a worker"],
  ["my-payments", "What a worker reads of their own payments"],
  ["dashboard-italy", "The dashboard, from Italy down"],
  ["dashboard-cases", "The claims behind a number"],
  ["dashboard-case", "One of them, whole"],
  ["dashboard-flows", "The same of payment flows"],
  ["dashboard-flows-list", "The flows behind a number"],
  ["dashboard-digest", "Weekly digest or alerts, with the filters of the page"],
  ["dashboard-updates", "The pictures of the last days, and what was corrected"],
  ["verify-genuine", "The check of a code, for anybody"],
];
// Widths as shown, and how much of a long page; twice as many pixels as that would be sharp and heavy.
const DESKTOP = 640;
const PHONE = 200;
const HEIGHT = 620;

const [screenshots, pictures, document] = process.argv.slice(2);
const source = (name, size) => `data:image/png;base64,${readFileSync(path.join(screenshots, `${name}-${size}.png`)).toString("base64")}`;
const frame = (name, size, width) => `<div style="width:${width}px;max-height:${HEIGHT}px;overflow:hidden;border:1px solid #d6dce3"><img style="width:${width}px;display:block" src="${source(name, size)}"></div>`;

mkdirSync(pictures, { recursive: true });
const browser = await open();
const page = await browser.newPage({ viewport: { width: DESKTOP + PHONE + 40, height: HEIGHT + 20 } });
for (const [name] of PAGES) {
  await page.setContent(`<body style="margin:8px;display:flex;gap:12px;align-items:flex-start;background:#fff">${frame(name, "desktop", DESKTOP)}${frame(name, "phone", PHONE)}</body>`);
  await page.screenshot({ path: path.join(pictures, `${name}.jpg`), type: "jpeg", quality: 60 });
}
await browser.close();

const folder = path.relative(path.dirname(document), pictures);
const gallery = PAGES.map(([name, words]) => `**${words}**\n\n![${words}](${folder}/${name}.jpg)\n`).join("\n");
const [before, , after] = readFileSync(document, "utf8").split(/<!-- pictures: .* -->\n/);
writeFileSync(document, `${before}<!-- pictures: written by make screenshots -->\n\n${gallery}\n<!-- pictures: end -->\n${after}`);
