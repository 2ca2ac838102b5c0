// node page_test.mjs FANIN SCREENSHOTS: opens the pages of real runs in a real browser and looks at them as a reader would.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const fanin = resolve(process.argv[2]), screenshots = resolve(process.argv[3]);
const folder = mkdtempSync(join(tmpdir(), 'fanin-page-'));
mkdirSync(screenshots, {recursive: true});

const small = ['--inits', 'zero', 'xavier_uniform', 'kaiming_normal', 'default', '--set', 'model.depth=3,12', '--set',
  'model.width=24', '--max-steps', '120', '--eval-every', '20', '--out', folder];
const comparison = ['compare', 'mlp', ...small, '--seeds', '0-4'];
const made = spawnSync(fanin, comparison, {encoding: 'utf8'});
assert.equal(made.status, 0, made.stderr);
const page = `file://${folder}/mlp/report.html`;
assert(statSync(join(folder, 'mlp/report.html')).size < 5e6, 'a page above 5 MB');

const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});

// Opens the page, collects what it complains of, and scrolls through it so that all charts are drawn.
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
const test = (name, body) => tests.push([name, body]);
const tests = [];

test('every chart is drawn, without a complaint', async () => {
  const tab = await open(page);
  await tab.evaluate(() => document.querySelectorAll('details').forEach((fold) => (fold.open = true)));
  await scroll(tab);
  const charts = await tab.locator('.chart').count();
  assert(charts >= 4 + 2 + 4 + 8 * 4, `only ${charts} charts`);
  assert.equal(await tab.locator('.chart:has(svg)').count(), charts);
  assert.equal(await tab.locator('.chart:has(svg path, svg rect)').count(), charts);
  assert.deepEqual(tab.complaints, []);
  await tab.close();
});

test('it answers in words, with a table of all inits', async () => {
  const tab = await open(page);
  assert.match(await tab.locator('h1').innerText(), /\?$/);
  assert.match(await tab.locator('.answer').first().innerText(), /^depth=3: \w+ does best \(median [\d.]+ %/);
  const rows = await tab.locator('table').first().locator('tbody th').allInnerTexts();
  assert.deepEqual(rows, ['zero', 'xavier_uniform', 'kaiming_normal', 'default']);
  await tab.screenshot({path: join(screenshots, 'light.png')});
  await tab.close();
});

test('the pointer is told the numbers under it', async () => {
  const tab = await open(page);
  const mark = tab.locator('.chart svg .mark-symbol path').first();
  await mark.scrollIntoViewIfNeeded();
  await mark.hover({force: true});
  assert.match(await tab.locator('#tooltip').innerText(), /(zero|xavier_uniform|kaiming_normal|default)\n(seed|step) \d/);
  await tab.mouse.move(2, 2);
  assert(await tab.locator('#tooltip').isHidden());
  await tab.close();
});

test('a button leaves one init alone, and a reload keeps that and the place', async () => {
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
  const ticks = () => tab.locator('.chart').first().locator('.role-axis').evaluateAll((axes) => axes.map((axis) => axis.outerHTML));
  const first = await ticks();
  await tab.getByRole('button', {name: 'logarithmic losses'}).click();
  const second = await ticks();
  assert.notDeepEqual(second, first);
  await tab.getByRole('button', {name: 'logarithmic steps'}).click();
  assert.notDeepEqual(await ticks(), second);
  assert.deepEqual(tab.complaints, []);
  await tab.close();
});

test('data and pictures can be saved', async () => {
  const tab = await open(page);
  for (const [kind, begins] of [['CSV', 'accuracy,'], ['SVG', '<svg'], ['PNG', '\x89PNG']]) {
    const [file] = await Promise.all([tab.waitForEvent('download'),
      tab.getByRole('button', {name: `Save mlp-convergence-1 as ${kind}`}).click()]);
    assert.equal(file.suggestedFilename(), `mlp-convergence-1.${kind.toLowerCase()}`);
    const text = readFileSync(await file.path(), 'latin1');
    assert(text.includes(begins), `${kind} begins with ${text.slice(0, 20)}`);
  }
  await tab.close();
});

test('a phone needs no sideways scroll, and the dark page is dark', async () => {
  const tab = await open(page, {viewport: {width: 390, height: 844}, colorScheme: 'dark'});
  await scroll(tab);
  assert(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  const light = await tab.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).every((part) => part < 60));
  assert(light, 'a light background');
  assert.equal(await tab.locator('.chart svg [fill="#000000"], .chart svg [stroke="#000000"]').count(), 0);
  await tab.evaluate(() => window.scrollTo(0, 0));
  await tab.screenshot({path: join(screenshots, 'phone-dark.png')});
  await tab.close();
});

test('no serious violation of accessibility, light and dark', async () => {
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

test('print shows all charts on white', async () => {
  const tab = await open(page, {colorScheme: 'dark'});
  await tab.pdf({path: join(screenshots, 'print.pdf')});
  assert(statSync(join(screenshots, 'print.pdf')).size > 50e3);
  await tab.close();
});

test('the page of a running sweep grows, and then rests', async () => {
  const running = spawn(fanin, ['compare', 'mlp', ...small, '--max-steps', '4000', '--seeds', '7-10', '--jobs', '1', '--set',
    'name=live'].filter((word, i, all) => !(word === '--max-steps' && all[i + 1] === '120') && word !== '120'), {stdio: 'ignore'});
  const file = join(folder, 'live/report.html');
  while (!existsSync(file)) await new Promise((done) => setTimeout(done, 200));
  const tab = await open(`file://${file}`);
  const count = async () => tab.evaluate(() => JSON.parse(document.getElementById('data').textContent).sweeps[0].count);
  assert.match(await tab.locator('#status').innerText(), /renews itself/);
  const early = await count();
  let late = early;
  while (late.done <= early.done && running.exitCode === null) {
    await tab.waitForTimeout(1000);
    late = await count().catch(() => early);
  }
  assert(late.done > early.done, 'the page does not grow');
  await new Promise((done) => (running.exitCode === null ? running.on('exit', done) : done()));
  await tab.goto(`file://${file}`);
  assert.equal((await count()).done, 32);
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
