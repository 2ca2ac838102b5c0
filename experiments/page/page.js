// Draws the page from its data. No framework: a few elements, and vega for the charts.
'use strict';

const page = JSON.parse(document.getElementById('data').textContent);
page.sweeps.forEach((sweep, i) => { // a key of its own, whatever the others are called
  const before = page.sweeps.slice(0, i).map(({key}) => key);
  sweep.key = sweep.name;
  for (let n = 2; before.includes(sweep.key); ++n) sweep.key = `${sweep.name}-${n}`;
});
const reloadEvery = 5000; // ms, of the page of a running sweep

// What the reader chose, kept over reloads, unless the browser keeps nothing.
const memory = `fanin:${location.pathname}`;
const choices = {scroll: 0, only: {}, logLoss: true, logSteps: false, errors: false, open: {}};
const attempt = (action) => {
  try {
    action();
  } catch {}
};
attempt(() => Object.assign(choices, JSON.parse(sessionStorage.getItem(memory))));

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

const charts = [];
const redraw = () => charts.filter(({shown}) => shown).forEach((chart) => chart.draw());
const watcher = new IntersectionObserver((entries) => entries.filter(({isIntersecting}) => isIntersecting).forEach(({target}) => {
  watcher.unobserve(target);
  charts.find(({box}) => box === target).draw();
}), {rootMargin: '600px'});

const figureTitles = {
  rates: 'Accuracy over learning rates', phases: 'Where it trains', convergence: 'Convergence', seeds: 'Final accuracy of each seed',
  layers: 'Why: signals in each layer before training', units: 'Symmetry: how many units differ',
  histograms: 'Histograms of each layer in the course of training',
};

function figureBlock(sweep, figure) {
  const rows = typeof vega === 'undefined' ? [] : rowsOf(figure);
  const place = element('div', {}, typeof vega === 'undefined'
    ? element('p', {}, 'No charts, because vega was not installed when this page was written: ' +
      'type ./setup.sh run, then fanin report.') : null);
  let number = 0;
  const most = Math.max(...rows.map(({views}) => views.length)), size = most === 1 ? 'single' : most > 2 ? 'small' : '';
  for (const row of rows) {
    const drawn = row.views.map((view) => new Chart(view, figure, sweep, `${sweep.key}-${figure.name}-${++number}`));
    place.append(row.title ? element('h4', {}, row.title) : '',
      element('div', {class: `charts ${size}`}, ...drawn.map((chart) => chart.place)));
    charts.push(...drawn);
    drawn.forEach((chart) => watcher.observe(chart.box));
  }
  const heading = figureTitles[figure.name] ?? figure.name;
  const note = element('p', {class: 'soft'}, figure.spec.title.subtitle);
  const why = figure.name === 'convergence' ? sweep.reasons.map((sentence) => element('p', {}, ...breakable(sentence))) : [];
  if (figure.name !== 'histograms') return [element('h3', {}, heading), note, place, ...why];
  return [folded(`${sweep.key}/${figure.name}`, heading, note, place)];
}

function folded(key, heading, ...content) {
  const ontoggle = ({target}) => (choices.open[key] = target.open);
  return element('details', {open: choices.open[key], ontoggle}, element('summary', {}, heading), ...content);
}

const shapes = {
  circle: 'M-.8 0a.8.8 0 1 0 1.6 0a.8.8 0 1 0-1.6 0z', square: 'M-.75-.75h1.5v1.5h-1.5z', diamond: 'M0-.95L.95 0L0 .95L-.95 0z',
  'triangle-up': 'M0-.85L.9.75H-.9z', 'triangle-down': 'M0 .85L.9-.75H-.9z', 'triangle-right': 'M.85 0L-.75.9V-.9z',
  'triangle-left': 'M-.85 0L.75.9V-.9z', cross: 'M-.3-.9h.6v.6h.6v.6h-.6v.6h-.6v-.6h-.6v-.6h.6z',
};

// The mark of an init, a picture and no background: it is printed too.
function swatch(sweep, name) {
  const init = sweep.inits.find((init) => init.name === name);
  if (!init) return null;
  const mark = element('span', {class: 'swatch', 'aria-hidden': 'true'});
  mark.style.setProperty('--light', init.color);
  mark.style.setProperty('--dark', init.dark);
  mark.innerHTML = `<svg viewBox="-1 -1 2 2"><path d="${shapes[init.shape]}"/></svg>`;
  return mark;
}

// A text whose long names may break behind their marks.
const breakable = (text) => text.split(/(?<=[:,])(?=\S)/).flatMap((part, i) => (i ? [element('wbr'), part] : [part]));

function table(sweep, caption, header, rows, kind) {
  const body = rows.map(([name, ...cells]) => element('tr', {}, element('th', {scope: 'row'}, swatch(sweep, name), ...breakable(name)),
    ...cells.map((cell) => element('td', {}, cell))));
  return element('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption},
    element('table', {class: kind}, element('caption', {}, caption),
      element('thead', {}, element('tr', {}, ...header.map((name) => element('th', {scope: 'col'}, name)))),
      element('tbody', {}, ...body)));
}

function tables(sweep) {
  return sweep.tables.flatMap(({panel, rows, lead, leads}) => [
    table(sweep, panel || 'Results of each init, over all its seeds', rows[0], rows.slice(1)),
    leads.length === 0 ? null : folded(`${sweep.key}/${panel}/leads`,
      `Differences between inits${panel && ` (${panel})`}`,
      table(sweep, lead, ['init', 'lead', 'interval', 'seeds'], leads)),
  ]).filter(Boolean);
}

function runs(sweep) {
  const percent = (value) => (value === undefined ? '–' : (100 * value).toFixed(2));
  const rows = sweep.runs.map((run) => [run.name, [run.outcome, run.not_finite].filter(Boolean).join(' '), String(run.steps), percent(run.accuracy),
    run.loss === undefined ? '–' : run.loss.toFixed(4), run.command]);
  return folded(`${sweep.key}/runs`, `All runs and their commands (${rows.length})`,
    table(sweep, 'Runs', ['run', 'outcome', 'steps', 'accuracy %', 'loss', 'command'], rows, 'runs'));
}

// A text to be kept as a file.
function keepable(sweep, name, title, text) {
  const button = (words, onclick) => element('button', {type: 'button', onclick}, words);
  const copy = navigator.clipboard && button(`Copy ${name}`, () => navigator.clipboard.writeText(text));
  return [element('div', {class: 'controls'}, button(`Save ${name}`, () => downloadText(name, text)), copy ?? null),
    folded(`${sweep.key}/${name}`, title, element('pre', {tabindex: 0}, text))];
}

function setting(sweep) {
  const {version, compiler, cpu, simd} = sweep.manifest ?? {};
  const made = [version && `fanin ${version}`, compiler, cpu, simd].filter((part) => typeof part === 'string').join(', ');
  const rows = [...sweep.setting, ...(made ? [['made with', made]] : [])];
  const spec = `${sweep.key}.toml`;
  const files = [spec, ...sweep.models.map(([name]) => name)];
  return [element('h3', {}, 'Setting'),
    element('dl', {}, ...rows.flatMap(([what, how]) => [element('dt', {}, what), element('dd', {}, how)])),
    element('p', {}, `To run this again, save ${files.join(' and ')} in a folder. In that folder, run `,
      element('code', {}, `fanin compare ${spec}`), '.'),
    ...keepable(sweep, spec, 'The spec of these runs', sweep.spec),
    ...sweep.models.flatMap(([name, text]) => keepable(sweep, name, `The network, ${name}`, text)),
    folded(`${sweep.key}/methods`, 'How the numbers are computed', element('pre', {tabindex: 0}, sweep.methods))];
}

const toggles = [];

// A button that is pressed or not; all show anew how they are, as some have a twin in each section.
function toggle(isOn, flip, ...content) {
  const button = element('button', {type: 'button', 'aria-pressed': String(isOn()), onclick: () => {
    flip();
    toggles.forEach((show) => show());
  }}, ...content);
  toggles.push(() => button.setAttribute('aria-pressed', String(isOn())));
  return button;
}

function initButtons(sweep) {
  const isOn = (name) => choices.only[sweep.key] === name;
  const flip = (name) => {
    choices.only[sweep.key] = isOn(name) ? '' : name;
    charts.filter((chart) => chart.sweep === sweep).forEach((chart) => chart.narrow());
  };
  return element('div', {class: 'controls legend', role: 'group', 'aria-label': 'Show only one init'},
    ...sweep.inits.map(({name}) => toggle(() => isOn(name), () => flip(name), swatch(sweep, name), name)));
}

function switches() {
  const flip = (key) => {
    choices[key] = !choices[key];
    redraw();
  };
  const names = {logLoss: 'logarithmic losses', logSteps: 'logarithmic steps', errors: 'logarithmic error rate'};
  return element('div', {class: 'controls'},
    ...Object.entries(names).map(([key, text]) => toggle(() => choices[key], () => flip(key), text)));
}

function section(sweep) {
  const {all, done, running, failed} = sweep.count;
  const state = done === all ? `${all} runs` : `${done} of ${all} runs done${running ? `, ${running} running` : ''}`;
  return element('section', {id: sweep.key},
    page.sweeps.length > 1 ? element('h2', {}, sweep.title) : null,
    ...sweep.answers.map((sentence) => element('p', {class: 'answer'}, ...breakable(sentence))),
    element('p', {class: 'soft'}, `${sweep.name}: ${state}${failed ? `, ${failed} failed` : ''}.`),
    ...tables(sweep), initButtons(sweep), switches(),
    ...sweep.figures.flatMap((figure) => figureBlock(sweep, figure)),
    ...setting(sweep), runs(sweep));
}

function main() {
  const link = ({key, title}) => element('li', {}, element('a', {href: `#${key}`}, title));
  if (page.sweeps.length > 1) document.getElementById('contents').append(element('ul', {}, ...page.sweeps.map(link)));
  document.getElementById('sweeps').replaceChildren(...page.sweeps.map(section));
  if (page.live) {
    document.getElementById('status').textContent = 'Still running: this page reloads every few seconds.';
    setTimeout(() => location.reload(), reloadEvery);
  }
  history.scrollRestoration = 'manual';
  window.scrollTo(0, choices.scroll);
  addEventListener('pagehide', () => attempt(() =>
    sessionStorage.setItem(memory, JSON.stringify({...choices, scroll: window.scrollY}))));
  prefersDark.addEventListener('change', redraw);
  for (const [event, begins] of [['beforeprint', true], ['afterprint', false]]) addEventListener(event, () => {
    printing = begins;
    document.body.classList.toggle('printing', begins); // as wide as the paper
    charts.filter(({box, shown}) => (begins ? !box.closest('details:not([open])') : shown)).forEach((chart) => chart.draw());
  });
}

main();
