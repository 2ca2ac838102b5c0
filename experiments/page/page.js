// Draws the page from its data. No framework: a few elements, and vega for the charts.
'use strict';

const page = JSON.parse(document.getElementById('data').textContent);
const reloadEvery = 5000; // ms, of the page of a running sweep

// What the reader chose, kept over reloads.
const memory = `fanin:${location.pathname}`;
const choices = Object.assign({scroll: 0, only: {}, logLoss: true, logSteps: false, open: {}}, recall());

function recall() {
  try {
    return JSON.parse(sessionStorage.getItem(memory)) ?? {};
  } catch {
    return {};
  }
}

function remember() {
  choices.scroll = window.scrollY;
  try {
    sessionStorage.setItem(memory, JSON.stringify(choices));
  } catch {} // a browser that keeps nothing
}

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

// Colours.

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
let printing = false;
const isDark = () => prefersDark.matches && !printing;

// A colour that is seen on the dark page too: dark ones go halfway to white.
function visible(color) {
  if (!isDark() || !/^#[0-9a-f]{6}$/i.test(color)) return color;
  const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  const light = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  const mix = light < 40 ? 0.75 : light < 100 ? 0.4 : 0;
  return '#' + parts.map((part) => Math.round(part + (255 - part) * mix).toString(16).padStart(2, '0')).join('');
}

function theme() {
  const style = getComputedStyle(document.documentElement);
  const [ink, soft, line] = printing
    ? ['#000', '#444', '#bbb'] : ['--ink', '--soft', '--line'].map((name) => style.getPropertyValue(name).trim());
  const labels = {labelColor: soft, titleColor: ink};
  return {background: 'transparent', aria: false, mark: {aria: false}, axis: {...labels, gridColor: line}, legend: labels,
    title: {color: ink, subtitleColor: soft}, view: {stroke: null}};
}

// Charts.

const textOf = (title) => title?.text ?? title ?? '';

// The rows of a figure, each with its title and its single views.
function rowsOf(figure) {
  return figure.spec.vconcat.map((row) => ({
    title: textOf(row.title),
    views: (row.hconcat ?? [row]).map((view) => ({
      ...view,
      data: view.data ?? row.data,
      height: view.height ?? row.height,
      caption: textOf(view === row ? '' : view.title),
      heading: [...new Set([textOf(row.title), textOf(view.title)])].filter(Boolean).join(': '),
    })),
  }));
}

// In pixels: vega-lite fits no chart whose height it has to find.
const heightOf = ({height, encoding}) => (height?.step ? height.step * encoding.y.scale.domain.length : height ?? 200);

const layersOf = (view) => [view, ...(view.layer ?? [])];
const titleOf = (channel) => channel?.axis?.title || channel?.title;

// What is on the y axis, in words.
function subjectOf(view) {
  for (const part of layersOf(view)) {
    const title = titleOf(part.encoding?.y);
    if (title) return title;
  }
  return titleOf(view.encoding?.x) ?? '';
}

// The view as the page shows it: as wide as its place, without its legend, in the page's colours, to
// be narrowed down to one init, and telling its numbers where the pointer is.
function prepared(view, config) {
  const spec = structuredClone(view);
  for (const key of ['title', 'heading', 'caption']) delete spec[key];
  spec.width = 'container';
  spec.autosize = {type: 'fit-x', contains: 'padding'};
  spec.height = heightOf(view);
  const theirs = theme();
  spec.config = {...config, ...theirs, axis: {...config.axis, ...theirs.axis}, legend: {...config.legend, ...theirs.legend}};
  const only = {filter: "only === '' || datum.init === only"};
  const hasInits = (data) => data?.values?.some((row) => 'init' in row);
  if (hasInits(spec.data)) {
    spec.params = [{name: 'only', value: ''}];
    spec.transform = [only, ...(spec.transform ?? [])];
  }
  for (const part of layersOf(spec)) {
    if (part !== spec && hasInits(part.data)) part.transform = [only, ...(part.transform ?? [])];
    const encoding = part.encoding ?? {};
    for (const channel of ['color', 'shape']) {
      if (encoding[channel]?.field !== 'init') continue;
      encoding[channel].legend = null;
      if (channel === 'color') encoding.color.scale.range = encoding.color.scale.range.map(visible);
    }
    if (part.mark?.stroke === 'white') part.mark.stroke = isDark() ? '#16181c' : 'white';
    for (const axis of [encoding.y, encoding.x]) {
      if (axis?.axis?.title === 'test loss (nats)' && !choices.logLoss) {
        axis.scale = {...axis.scale, type: 'linear'};
        delete axis.axis.values;
      }
      if (axis?.field === 'step' && choices.logSteps) axis.scale = {...axis.scale, type: 'symlog', constant: 10};
    }
    if (part.mark) part.mark = {...part.mark, tooltip: part.mark.type === 'area' ? null : {content: 'data'}};
  }
  for (const part of layersOf(spec).filter((part) => part.mark?.type === 'line' && part.mark.tooltip)) {
    const near = {...structuredClone(part), mark: {type: 'point', opacity: 0, size: 150, tooltip: {content: 'data'}}};
    if (part !== spec) {
      spec.layer.push(near);
    } else { // a single mark becomes two layers
      spec.layer = [{mark: spec.mark}, {mark: near.mark}];
      delete spec.mark;
      break;
    }
  }
  return spec;
}

const labels = {init: '', seed: 'seed', step: 'step', layer: 'layer', accuracy: 'accuracy', loss: 'loss', std: 'std',
  expected: 'theory', gradient: 'gradient std', outcome: 'outcome', share: 'share', from: 'from', to: 'to',
  setting: 'setting', depth: 'depth', reach: '6 xi'};

function described(datum) {
  return Object.entries(labels).filter(([key]) => datum[key] !== undefined && datum[key] !== null).map(([key, label]) => {
    const value = datum[key];
    const percent = typeof value === 'number' && (key === 'share' || (key === 'accuracy' && value <= 1));
    const text = percent ? `${(100 * value).toFixed(2)} %` : typeof value === 'number' ? String(+value.toPrecision(5)) : value;
    return label ? `${label} ${text}` : text;
  }).join('\n');
}

const tooltip = document.getElementById('tooltip');

function tell(event, datum) {
  tooltip.hidden = !datum || typeof datum !== 'object';
  if (tooltip.hidden) return;
  tooltip.textContent = described(datum);
  const {clientWidth: width, clientHeight: height} = document.documentElement;
  tooltip.style.left = `${Math.max(4, Math.min(event.clientX + 14, width - tooltip.offsetWidth - 4))}px`;
  tooltip.style.top = `${Math.max(4, Math.min(event.clientY + 14, height - tooltip.offsetHeight - 4))}px`;
}

class Chart {
  constructor(view, config, sweep, file) {
    Object.assign(this, {source: view, config, sweep, file, shown: null});
    this.box = element('div', {class: 'chart', role: 'img', 'aria-label': `${view.heading} ${subjectOf(view)}`.trim()});
    this.box.style.minHeight = `${heightOf(view) + 50}px`; // so that the page does not jump when it is drawn
    const save = (kind) => element('button', {class: 'plain', type: 'button', onclick: () => this.save(kind),
      'aria-label': `Save ${file} as ${kind.toUpperCase()}`}, kind.toUpperCase());
    this.figure = element('figure', {}, this.box, element('figcaption', {},
      element('span', {}, view.caption), element('span', {}, ...['csv', 'svg', 'png'].map(save))));
  }

  draw() {
    this.shown?.finalize();
    const view = new vega.View(vega.parse(vegaLite.compile(prepared(this.source, this.config)).spec), {renderer: 'svg'});
    view.tooltip((handler, event, item, value) => tell(event, value ? item.datum : null));
    this.shown = view.initialize(this.box);
    this.narrow(false);
    view.run();
    for (const part of this.box.querySelectorAll('svg [role]')) part.removeAttribute('role'); // the box has one
    this.box.style.minHeight = '';
  }

  narrow(run = true) {
    try {
      this.shown?.signal('only', choices.only[this.sweep] ?? '');
      if (run) this.shown?.run();
    } catch {} // a chart without inits
  }

  redraw() {
    if (this.shown) this.draw();
  }

  async save(kind) {
    if (kind === 'csv') return download(`${this.file}.csv`, URL.createObjectURL(new Blob([this.csv()], {type: 'text/csv'})));
    download(`${this.file}.${kind}`, await this.shown.toImageURL(kind, 2));
  }

  csv() {
    const rows = layersOf(this.source).flatMap((part) => part.data?.values ?? []);
    const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((key) => key !== 'marked');
    const cell = (value) => {
      const text = Array.isArray(value) ? value.join(' ') : String(value ?? '');
      return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    return [keys, ...rows.map((row) => keys.map((key) => row[key]))].map((row) => row.map(cell).join(',') + '\n').join('');
  }
}

function download(name, url) {
  element('a', {href: url, download: name}).click();
}

const charts = [];
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((entry) => entry.isIntersecting)) {
    watcher.unobserve(entry.target);
    charts.find((chart) => chart.box === entry.target).draw();
  }
}, {rootMargin: '600px'});

const figureTitles = {
  convergence: 'Convergence', seeds: 'Final accuracy, seed by seed', units: 'Symmetry: how many units differ',
  layers: 'Signals before training, layer by layer', phases: 'Where it trains', histograms: 'Histograms by layer and time',
};

function figureBlock(sweep, figure) {
  const {title, config} = figure.spec;
  const place = element('div');
  if (typeof vega === 'undefined')
    place.append(element('p', {}, 'No charts: vega was not installed when this page was written (./setup.sh run).'));
  let number = 0;
  for (const row of typeof vega === 'undefined' ? [] : rowsOf(figure)) {
    const size = row.views.length === 1 ? 'single' : row.views.length > 2 ? 'small' : '';
    const drawn = row.views.map((view) => new Chart(view, config, sweep.name, `${sweep.name}-${figure.name}-${++number}`));
    place.append(row.title ? element('h4', {}, row.title) : '',
      element('div', {class: `charts ${size}`}, ...drawn.map((chart) => chart.figure)));
    charts.push(...drawn);
    drawn.forEach((chart) => watcher.observe(chart.box));
  }
  const heading = figureTitles[figure.name] ?? figure.name;
  const note = element('p', {class: 'soft'}, title.subtitle);
  if (figure.name !== 'histograms') return [element('h3', {}, heading), note, place];
  return [folded(`${sweep.name}/${figure.name}`, heading, note, place)];
}

function folded(key, heading, ...content) {
  const details = element('details', {open: choices.open[key]}, element('summary', {}, heading), ...content);
  details.addEventListener('toggle', () => (choices.open[key] = details.open));
  return details;
}

// Tables.

function swatch(sweep, name) {
  const init = sweep.inits.find((init) => init.name === name);
  if (!init) return null;
  const mark = element('span', {class: 'swatch', 'aria-hidden': 'true'});
  mark.style.setProperty('--color', visible(init.color));
  return mark;
}

function table(sweep, caption, header, rows, kind) {
  const body = rows.map(([name, ...cells]) => element('tr', {}, element('th', {scope: 'row'}, swatch(sweep, name), name),
    ...cells.map((cell) => element('td', {}, cell))));
  return element('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption},
    element('table', {class: kind}, element('caption', {}, caption),
      element('thead', {}, element('tr', {}, ...header.map((name) => element('th', {scope: 'col'}, name)))),
      element('tbody', {}, ...body)));
}

function tables(sweep) {
  return sweep.tables.flatMap(({panel, rows, best, leads}) => [
    table(sweep, panel || 'The inits over their seeds', rows[0], rows.slice(1)),
    leads.length === 0 ? null : folded(`${sweep.name}/${panel}/leads`, `How far ${best} is ahead${panel && ` (${panel})`}`,
      table(sweep, `${best} over`, ['init', 'lead', '95 % interval', 'seeds'], leads)),
  ]).filter(Boolean);
}

function runs(sweep) {
  const percent = (value) => (value === undefined ? '–' : (100 * value).toFixed(2));
  const rows = sweep.runs.map((run) => [run.name, [run.outcome, run.not_finite].filter(Boolean).join(' '), String(run.steps), percent(run.accuracy),
    run.loss === undefined ? '–' : run.loss.toFixed(4), run.command]);
  return folded(`${sweep.name}/runs`, `Runs and the command of each (${rows.length})`,
    table(sweep, 'Runs', ['run', 'outcome', 'steps', 'accuracy %', 'loss', 'command'], rows, 'runs'));
}

function setting(sweep) {
  const {version, compiler, cpu, simd} = sweep.manifest ?? {};
  const made = [version && `fanin ${version}`, compiler, cpu, simd].filter((part) => typeof part === 'string').join(', ');
  const again = `fanin compare ${sweep.name}.toml --fresh`;
  const save = element('button', {type: 'button', onclick: () =>
    download(`${sweep.name}.toml`, URL.createObjectURL(new Blob([sweep.spec], {type: 'text/plain'})))}, 'Save the spec');
  return [element('h3', {}, 'Setting'),
    element('p', {}, `Seeds ${sweep.seeds.join(', ')}. ${made}`),
    element('p', {}, 'To run it again, save the spec below and type ', element('code', {}, again), '.'),
    element('div', {class: 'controls'}, save),
    folded(`${sweep.name}/spec`, 'The spec, with all defaults', element('pre', {tabindex: 0}, sweep.spec)),
    folded(`${sweep.name}/methods`, 'How the numbers were made', element('pre', {tabindex: 0}, sweep.methods))];
}

// What the reader may choose.

function initButtons(sweep) {
  const buttons = sweep.inits.map(({name}) => {
    const button = element('button', {type: 'button'}, swatch(sweep, name), name);
    button.addEventListener('click', () => {
      choices.only[sweep.name] = choices.only[sweep.name] === name ? '' : name;
      show();
      for (const chart of charts) if (chart.sweep === sweep.name) chart.narrow();
    });
    return [name, button];
  });
  const show = () => buttons.forEach(([name, button]) =>
    button.setAttribute('aria-pressed', String(choices.only[sweep.name] === name)));
  show();
  return element('div', {class: 'controls sticky', role: 'group', 'aria-label': 'Show one init alone'},
    ...buttons.map(([, button]) => button));
}

function switches() {
  const one = (key, text) => {
    const button = element('button', {type: 'button', 'aria-pressed': String(choices[key])}, text);
    button.addEventListener('click', () => {
      choices[key] = !choices[key];
      document.querySelectorAll(`[data-switch="${key}"]`).forEach((twin) => twin.setAttribute('aria-pressed', String(choices[key])));
      charts.forEach((chart) => chart.redraw());
    });
    button.dataset.switch = key;
    return button;
  };
  return element('div', {class: 'controls'}, one('logLoss', 'logarithmic losses'), one('logSteps', 'logarithmic steps'));
}

function section(sweep) {
  const {all, done, running, failed} = sweep.count;
  const state = done === all ? `${all} runs` : `${done} of ${all} runs done${running ? `, ${running} running` : ''}`;
  const several = page.sweeps.length > 1;
  return element('section', {id: sweep.name},
    several ? element('h2', {}, sweep.title) : null,
    ...sweep.answers.map((sentence) => element('p', {class: 'answer'}, sentence)),
    element('p', {class: 'soft'}, `${sweep.name}: ${state}${failed ? `, ${failed} failed` : ''}.`),
    ...tables(sweep), initButtons(sweep), switches(),
    ...sweep.figures.flatMap((figure) => figureBlock(sweep, figure)),
    ...setting(sweep), runs(sweep));
}

function contents() {
  if (page.sweeps.length < 2) return;
  document.getElementById('contents').append(element('ul', {}, ...page.sweeps.map((sweep) =>
    element('li', {}, element('a', {href: `#${sweep.name}`}, sweep.title)))));
}

function main() {
  contents();
  document.getElementById('sweeps').replaceChildren(...page.sweeps.map(section));
  if (page.live) {
    document.getElementById('status').textContent = 'Still running: this page renews itself every few seconds.';
    setTimeout(() => location.reload(), reloadEvery);
  }
  history.scrollRestoration = 'manual';
  window.scrollTo(0, choices.scroll);
  addEventListener('pagehide', remember);
  prefersDark.addEventListener('change', () => charts.forEach((chart) => chart.redraw()));
  addEventListener('beforeprint', () => {
    printing = true;
    charts.filter((chart) => !chart.box.closest('details:not([open])')).forEach((chart) => chart.draw());
  });
  addEventListener('afterprint', () => {
    printing = false;
    charts.forEach((chart) => chart.redraw());
  });
}

main();
