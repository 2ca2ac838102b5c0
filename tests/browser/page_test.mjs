// node page_test.mjs FANIN SCREENSHOTS: opens the pages of real runs in a browser and uses them as a reader would.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const fanin = resolve(process.argv[2]), screenshots = resolve(process.argv[3]);
const folder = mkdtempSync(join(tmpdir(), 'fanin-page-'));
mkdirSync(screenshots, {recursive: true});

const small = ['--inits', 'zero', 'xavier_uniform', 'kaiming_normal', 'default', '--set', 'model.depth=3,6,12', '--set',
  'model.width=24', '--max-steps', '120', '--eval-every', '20', '--out', folder];
const comparison = ['compare', 'mlp', ...small, '--seeds', '0-4'];
const made = spawnSync(fanin, comparison, {encoding: 'utf8'});
assert.equal(made.status, 0, made.stderr);
const page = `file://${folder}/mlp/report.html`;
assert(statSync(join(folder, 'mlp/report.html')).size < 5e6, 'the page is larger than 5 MB');

const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});

// Opens the page and collects its errors and warnings.
async function open(url, options = {}) {
  const tab = await browser.newPage({viewport: {width: 1280, height: 900}, ...options});
  tab.complaints = [];
  tab.on('console', (message) => ['error', 'warning'].includes(message.type()) && tab.complaints.push(message.text()));
  tab.on('pageerror', (error) => tab.complaints.push(error.message));
  await tab.goto(url);
  return tab;
}

async function scroll(tab) {
  const height = await tab.evaluate(() => document.documentElement.scrollHeight);
  for (let y = 0; y < height; y += 600) {
    await tab.evaluate((to) => window.scrollTo(0, to), y);
    await tab.waitForTimeout(100);
  }
}

const marks = (tab, figure = 'figure') => tab.locator(`${figure} .chart svg path`).count();
// The charts of losses and accuracies, in turns.
const curves = (tab) => tab.locator('h3:text-is("Convergence") ~ div .chart');
const test = (name, body) => tests.push([name, body]);
const tests = [];

test('every chart is drawn, without errors or warnings', async () => {
  const tab = await open(page);
  await tab.evaluate(() => document.querySelectorAll('details').forEach((fold) => (fold.open = true)));
  await scroll(tab);
  const charts = await tab.locator('.chart').count();
  assert(charts >= 6 + 3 + 6 + 1 + 12 * 4, `only ${charts} charts`);
  assert.equal(await tab.locator('.chart:has(svg)').count(), charts);
  assert.equal(await tab.locator('.chart:has(svg path, svg rect)').count(), charts);
  assert.deepEqual(tab.complaints, []);
  await tab.close();
});

test('the page answers in words, with a table of all inits', async () => {
  const tab = await open(page);
  assert.match(await tab.locator('h1').innerText(), /\?$/);
  assert.match(await tab.locator('.answer').first().innerText(), /^depth=3: .*\b(ends? (at|between) |has the highest mean, )/);
  const rows = await tab.locator('table').first().locator('tbody th').allInnerTexts();
  assert.deepEqual(rows, ['zero', 'xavier_uniform', 'kaiming_normal', 'default']);
  await tab.screenshot({path: join(screenshots, 'light.png')});
  await tab.close();
});

test('a tooltip shows the numbers under the pointer', async () => {
  const tab = await open(page);
  await scroll(tab);
  const mark = curves(tab).first().locator('svg .mark-symbol path').first();
  await mark.scrollIntoViewIfNeeded();
  await mark.hover({force: true});
  assert.match(await tab.locator('#tooltip').innerText(), /(zero|xavier_uniform|kaiming_normal|default)\n(seed|step) \d/);
  await tab.mouse.move(2, 2);
  assert(await tab.locator('#tooltip').isHidden());
  await tab.close();
});

test('a button shows one init only, and a reload keeps this choice and the scroll position', async () => {
  const tab = await open(page);
  await scroll(tab);
  const before = await marks(tab);
  await tab.getByRole('button', {name: 'kaiming_normal', exact: true}).click();
  await tab.waitForTimeout(200);
  const alone = await marks(tab);
  assert(alone < before, `${alone} marks of ${before}`);
  await tab.evaluate(() => window.scrollTo(0, 700));
  await tab.waitForTimeout(100);
  await tab.reload();
  assert.equal(await tab.getByRole('button', {name: 'kaiming_normal', exact: true}).getAttribute('aria-pressed'), 'true');
  assert(Math.abs((await tab.evaluate(() => window.scrollY)) - 700) < 5);
  await tab.getByRole('button', {name: 'kaiming_normal', exact: true}).click();
  await scroll(tab);
  assert.equal(await marks(tab), before);
  assert.deepEqual(tab.complaints, []);
  await tab.close();
});

test('axes change on request', async () => {
  const tab = await open(page);
  await scroll(tab);
  const ticks = () => curves(tab).first().locator('.role-axis').evaluateAll((axes) => axes.map((axis) => axis.outerHTML));
  const first = await ticks();
  await tab.getByRole('button', {name: 'logarithmic losses'}).click();
  const second = await ticks();
  assert.notDeepEqual(second, first);
  await tab.getByRole('button', {name: 'logarithmic steps'}).click();
  assert.notDeepEqual(await ticks(), second);
  const accuracy = curves(tab).nth(1);
  assert.match(await accuracy.innerHTML(), /test accuracy/);
  await tab.getByRole('button', {name: 'logarithmic error rate'}).click();
  assert.match(await accuracy.innerHTML(), /test error/);
  assert.deepEqual(tab.complaints, []);
  await tab.close();
});

async function saved(tab, button) {
  const [file] = await Promise.all([tab.waitForEvent('download'), tab.getByRole('button', {name: button, exact: true}).click()]);
  return {name: file.suggestedFilename(), text: readFileSync(await file.path(), 'latin1')};
}

test('any page can save its data and self-contained pictures', async () => {
  const pictures = [];
  for (const options of [{}, {viewport: {width: 390, height: 844}, colorScheme: 'dark'}]) {
    const tab = await open(page, options);
    await tab.getByRole('button', {name: 'kaiming_normal', exact: true}).click();
    for (const [kind, begins] of [['CSV', 'accuracy,'], ['SVG', '<svg'], ['PNG', '\x89PNG']]) {
      const {name, text} = await saved(tab, `Save mlp-convergence-1 as ${kind}`);
      assert.equal(name, `mlp-convergence-1.${kind.toLowerCase()}`);
      assert(text.includes(begins), `${kind} begins with ${text.slice(0, 20)}`);
      if (kind === 'SVG') pictures.push(text);
    }
    assert.deepEqual(tab.complaints, []);
    await tab.close();
  }
  assert.equal(pictures[0], pictures[1]);
  for (const part of ['zero', 'xavier_uniform', 'kaiming_normal', 'default', 'Which init', 'fill="white"'])
    assert(pictures[0].includes(part), `no ${part} in the picture`);
});

test('a heat map keeps all inits, and fades all except the chosen one', async () => {
  const tab = await open(page);
  await scroll(tab);
  const cells = tab.locator('h3:has-text("Where it trains") + p + div').locator('.mark-rect.role-mark path');
  const opaque = async () => (await cells.evaluateAll((paths) => paths.map((path) => path.getAttribute('opacity') ?? '1'))).filter((one) => one === '1').length;
  assert.equal(await cells.count(), 12);
  assert.equal(await opaque(), 12);
  await cells.nth(1).hover({force: true});
  assert.match(await tab.locator('#tooltip').innerText(), /accuracy [\d.]+ %\ndepth \d/);
  await tab.getByRole('button', {name: 'default', exact: true}).click();
  await tab.waitForTimeout(200);
  assert.equal(await cells.count(), 12);
  assert.equal(await opaque(), 3);
  await tab.close();
});

test('folders of the same name have separate sections and choices', async () => {
  cpSync(join(folder, 'mlp'), join(folder, 'again/mlp'), {recursive: true});
  const both = join(folder, 'both.html');
  const made = spawnSync(fanin, ['report', join(folder, 'mlp'), join(folder, 'again/mlp'), '--out', both], {encoding: 'utf8'});
  assert.equal(made.status, 0, made.stderr);
  const tab = await open(`file://${both}`);
  const ids = await tab.locator('[id]').evaluateAll((elements) => elements.map(({id}) => id));
  assert.equal(new Set(ids).size, ids.length);
  assert.match(await tab.locator('h2').nth(1).innerText(), /again\/mlp\)$/);
  await tab.locator('nav a').nth(1).click();
  await tab.waitForTimeout(200);
  const top = await tab.locator('section').nth(1).evaluate((section) => section.getBoundingClientRect().top);
  assert(Math.abs(top) < 150, `the second section is at ${top}`);
  const buttons = tab.getByRole('button', {name: 'kaiming_normal', exact: true});
  await buttons.nth(1).click();
  assert.equal(await buttons.nth(0).getAttribute('aria-pressed'), 'false');
  assert.deepEqual(tab.complaints, []);
  await tab.close();
});

test('what a reader saves from a pasted network is enough to run it again', async () => {
  const model = join(folder, 'net.txt'), elsewhere = join(folder, 'elsewhere');
  writeFileSync(model, 'Sequential(\n  (0): Flatten()\n  (1): Linear(784, 16)\n  (2): ReLU()\n  (3): Linear(16, 10)\n)\n');
  const compare = (words, cwd) => spawnSync(fanin, ['compare', ...words], {encoding: 'utf8', cwd});
  const first = compare(['--model', model, '--inits', 'default', 'zero', '--seeds', '0', '--max-steps', '5', '--set', 'name=own', '--out', folder]);
  assert.equal(first.status, 0, first.stderr);
  const tab = await open(`file://${folder}/own/report.html`);
  mkdirSync(elsewhere);
  for (const file of ['own.toml', 'net.txt']) writeFileSync(join(elsewhere, file), (await saved(tab, `Save ${file}`)).text);
  rmSync(model);
  assert.match(await tab.locator('main').innerText(), /In that folder, run fanin compare own\.toml\./);
  const second = compare(['own.toml'], elsewhere);
  assert.equal(second.status, 0, second.stderr);
  const table = (at) => readFileSync(join(at, 'own/summary.csv'), 'utf8');
  assert.equal(table(join(elsewhere, 'results')), table(folder));
  await tab.close();
});

test('a phone needs no horizontal scrolling, and the dark page is dark', async () => {
  const tab = await open(page, {viewport: {width: 390, height: 844}, colorScheme: 'dark'});
  await scroll(tab);
  assert(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  const light = await tab.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).every((part) => part < 60));
  assert(light, 'a light background');
  const legend = await tab.locator('.legend').boundingBox();
  assert(legend.height <= 0.15 * 844, `a legend of ${legend.height} pixels`);
  assert.equal(await tab.locator('.chart svg [fill="#000000"], .chart svg [stroke="#000000"]').count(), 0);
  assert.equal(await tab.locator('.swatch svg').first().evaluate((svg) => getComputedStyle(svg).fill), 'rgb(255, 255, 255)');
  await tab.evaluate(() => window.scrollTo(0, 0));
  await tab.screenshot({path: join(screenshots, 'phone-dark.png')});
  await tab.close();
});

test('the page has no serious accessibility violations, light or dark', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const tab = await open(page, {colorScheme});
    await tab.evaluate(() => document.querySelectorAll('details').forEach((fold) => (fold.open = true)));
    await scroll(tab);
    await tab.evaluate(axe);
    const {violations} = await tab.evaluate(() => globalThis.axe.run());
    const bad = violations.filter(({impact}) => ['serious', 'critical'].includes(impact));
    assert.deepEqual(bad.map(({id, nodes}) => `${id}: ${nodes[0].html}`), []);
    await tab.close();
  }
});

test('the printed page shows all charts on white', async () => {
  const tab = await open(page, {colorScheme: 'dark'});
  await tab.pdf({path: join(screenshots, 'print.pdf')});
  assert(statSync(join(screenshots, 'print.pdf')).size > 50e3);
  await tab.emulateMedia({media: 'print'});
  await tab.setViewportSize({width: 718, height: 1000}); // A4 with margins of 1 cm
  assert(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'too wide for the paper');
  assert(await tab.locator('.legend').isVisible());
  const mark = tab.locator('.legend .swatch svg').first();
  assert(await mark.isVisible());
  assert.equal(await mark.evaluate((svg) => getComputedStyle(svg).fill), 'rgb(0, 0, 0)'); // the colour of zero on white
  await tab.close();
});

test('the page of a running sweep grows, and stops refreshing at the end', async () => {
  const running = spawn(fanin, ['compare', 'mlp', ...small, '--max-steps', '4000', '--seeds', '7-10', '--jobs', '1', '--set',
    'name=live'].filter((word, i, all) => !(word === '--max-steps' && all[i + 1] === '120') && word !== '120'), {stdio: 'ignore'});
  const file = join(folder, 'live/report.html');
  while (!existsSync(file)) await new Promise((done) => setTimeout(done, 200));
  const tab = await open(`file://${file}`);
  const count = async () => tab.evaluate(() => JSON.parse(document.getElementById('data').textContent).sweeps[0].count);
  assert.match(await tab.locator('#status').innerText(), /reloads every/);
  const early = await count();
  let late = early;
  while (late.done <= early.done && running.exitCode === null) {
    await tab.waitForTimeout(1000);
    late = await count().catch(() => early);
  }
  assert(late.done > early.done, 'the page does not grow');
  await new Promise((done) => (running.exitCode === null ? running.on('exit', done) : done()));
  await tab.goto(`file://${file}`);
  assert.equal((await count()).done, 48);
  assert.equal(await tab.locator('#status').innerText(), '');
  await tab.close();
});

let failed = 0;
for (const [name, body] of tests.filter(([name]) => name.includes(process.argv[4] ?? ''))) {
  try {
    await body();
    console.log(`ok: ${name}`);
  } catch (error) {
    ++failed;
    console.log(`FAILED: ${name}\n  ${error.stack.split('\n').slice(0, 6).join('\n  ')}`);
  }
}
await browser.close();
rmSync(folder, {recursive: true});
process.exitCode = failed ? 1 : 0;
