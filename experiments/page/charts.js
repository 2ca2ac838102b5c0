// The charts: Vega-Lite specs as the page shows them, and as they are saved.
'use strict';

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
let printing = false;
const isDark = () => prefersDark.matches && !printing;

// An init's colour as it is on the paper of now.
const visible = (color) => (isDark() && page.sweeps.flatMap(({inits}) => inits).find((init) => init.color === color)?.dark) || color;

function theme() {
  const style = getComputedStyle(document.documentElement);
  const [ink, soft, line] = printing
    ? ['#000', '#444', '#bbb'] : ['--ink', '--soft', '--line'].map((name) => style.getPropertyValue(name).trim());
  const labels = {labelColor: soft, titleColor: ink};
  return {background: 'transparent', aria: false, mark: {aria: false}, axis: {...labels, gridColor: line}, legend: labels,
    title: {color: ink, subtitleColor: soft}, view: {stroke: null}};
}

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
const hasInits = (data) => data?.values?.some((row) => 'init' in row);
const isHeatMap = (view) => view.layer?.[0].mark.type === 'rect';

// What is on the y axis, in words.
const subjectOf = (view) => layersOf(view).map(({encoding}) => titleOf(encoding?.y)).find(Boolean) ?? titleOf(view.encoding?.x) ?? '';

// Leaves one init alone; in a heat map it stays among the others, which fade.
function narrowable(spec) {
  if (!hasInits(spec.data)) return;
  spec.params = [{name: 'only', value: ''}];
  const test = "only === '' || datum.init === only";
  for (const part of layersOf(spec).filter(({data}) => hasInits(data)))
    if (!isHeatMap(spec)) part.transform = [{filter: test}, ...(part.transform ?? [])];
  if (isHeatMap(spec))
    for (const {encoding} of spec.layer.slice(0, 2)) encoding.opacity = {condition: {test, value: 1}, value: 0.2};
}

// Accuracies as errors on a logarithmic axis, none below one image of 10,000.
function showErrors(spec) {
  const smallest = 1e-4, fields = ['accuracy', 'accuracy_low', 'accuracy_high'];
  const rows = layersOf(spec).flatMap(({data}) => data?.values ?? []);
  const lowest = Math.max(smallest, 0.9 * (1 - Math.max(...rows.flatMap((row) => fields.map((field) => row[field] ?? 0)))));
  const ticks = [-4, -3, -2, -1].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power)).concat(1);
  for (const part of layersOf(spec)) {
    if (part.data) part.transform = [...(part.transform ?? []), ...fields.map((field) => ({
      calculate: `isValid(datum.${field}) ? max(1 - datum.${field}, ${smallest}) : null`, as: `${field}_error`}))];
    const {y, y2} = part.encoding ?? {};
    for (const channel of [y, y2].filter((channel) => fields.includes(channel?.field))) channel.field += '_error';
    if (y) Object.assign(y, {scale: {type: 'log', domain: [lowest, 1], nice: false},
      axis: {...y.axis, title: 'test error (%)', values: ticks.filter((tick) => tick >= lowest)}});
  }
}

// What the reader chose of the axes.
function applyChoices(spec) {
  for (const {encoding} of layersOf(spec)) {
    for (const axis of [encoding?.y, encoding?.x]) {
      if (axis?.axis?.title === 'test loss (nats)' && !choices.logLoss) {
        axis.scale = {...axis.scale, type: 'linear'};
        delete axis.axis.values;
      }
      if (axis?.field === 'step' && choices.logSteps) axis.scale = {...axis.scale, type: 'symlog', constant: 10};
    }
  }
  if (choices.errors && subjectOf(spec) === 'test accuracy (%)') showErrors(spec);
}

// Long names of inits, on a narrow screen, on a line for each of their options.
function breakNames(spec) {
  for (const part of layersOf(spec)) {
    const y = part.encoding?.y;
    if (y?.field !== 'init' || !y.axis) continue;
    const counts = y.scale.domain.map((name) => name.split(/[:,]/).length);
    y.axis = {...y.axis, labelLimit: 140, labelOffset: -6.5 * (Math.min(...counts) - 1), // in their middle
      labelExpr: "split(replace(datum.label, regexp('[:,]', 'g'), '$&\\n'), '\\n')"};
    spec.height = Math.max(spec.height, counts.length * (13 * Math.max(...counts) + 4));
  }
}

// As wide as its place, without its legend, which the page has, in the page's colours; told of by the
// pointer.
function onPage(view, config, width) {
  const {title, heading, caption, ...spec} = structuredClone(view), theirs = theme();
  spec.width = 'container';
  spec.autosize = {type: 'fit-x', contains: 'padding'};
  spec.height = heightOf(view);
  spec.config = {...config, ...theirs, axis: {...config.axis, ...theirs.axis}, legend: {...config.legend, ...theirs.legend}};
  narrowable(spec);
  applyChoices(spec);
  if (width < 480) breakNames(spec);
  for (const part of layersOf(spec)) {
    for (const channel of ['color', 'shape']) {
      const encoding = part.encoding?.[channel];
      if (encoding?.field !== 'init') continue;
      encoding.legend = null;
      if (channel === 'color') encoding.scale.range = encoding.scale.range.map(visible);
    }
    if (part.mark?.stroke === 'white') part.mark.stroke = isDark() ? '#16181c' : 'white';
    if (part.mark && part.mark.tooltip !== null) part.mark.tooltip = part.mark.type === 'area' ? null : {content: 'data'};
  }
  if (spec.mark?.type === 'line') { // a single mark becomes a layer
    spec.layer = [{mark: spec.mark}];
    delete spec.mark;
  }
  for (const part of spec.layer?.filter(({mark}) => mark.type === 'line' && mark.tooltip) ?? [])
    spec.layer.push({...structuredClone(part), mark: {type: 'point', opacity: 0, size: 150, tooltip: {content: 'data'}}});
  return spec;
}

// In lines of so many letters.
function lines(text, most) {
  const result = [''];
  for (const word of text.split(' '))
    if (`${result.at(-1)} ${word}`.length > most) result.push(word);
    else result.push(`${result.pop()} ${word}`.trim());
  return result.filter(Boolean);
}

// To stand alone, wherever it was saved: on white, of a width of its own, with title and legend, of all
// inits.
function toSave(view, config, title, note) {
  const {heading, caption, ...spec} = structuredClone(view);
  Object.assign(spec, {width: 560, height: heightOf(view), background: 'white', padding: 12, config,
    title: {text: lines(title, 80), subtitle: lines([heading, note].filter(Boolean).join(': '), 100)}});
  if (spec.encoding?.x?.field === 'step') spec.encoding.x.axis.title = 'training step'; // not on the lowest row alone
  applyChoices(spec);
  return spec;
}

const vegaView = (spec) => new vega.View(vega.parse(vegaLite.compile(spec).spec), {renderer: 'svg'});

// What the pointer is told.
const labels = {init: '', source: '', seed: 'seed', step: 'step', layer: 'layer', accuracy: 'accuracy', loss: 'loss', std: 'std',
  expected: 'theory', gradient: 'gradient std', outcome: 'outcome', share: 'share', from: 'from', to: 'to', reach: '6 xi'};

function described(datum, axes) {
  const named = {...labels, ...Object.fromEntries(axes.filter((axis) => !(axis in labels)).map((axis) => [axis, axis]))};
  return Object.entries(named).filter(([key]) => datum[key] !== undefined && datum[key] !== null).map(([key, label]) => {
    const value = datum[key];
    const percent = typeof value === 'number' && (key === 'share' || key === 'accuracy');
    const text = percent ? `${(100 * value).toFixed(2)} %` : typeof value === 'number' ? String(+value.toPrecision(5)) : value;
    return label ? `${label} ${text}` : text;
  }).join('\n');
}

const tooltip = document.getElementById('tooltip');

function tell(event, datum, axes) {
  tooltip.hidden = !datum || typeof datum !== 'object';
  if (tooltip.hidden) return;
  tooltip.textContent = described(datum, axes);
  const {clientWidth: width, clientHeight: height} = document.documentElement;
  tooltip.style.left = `${Math.max(4, Math.min(event.clientX + 14, width - tooltip.offsetWidth - 4))}px`;
  tooltip.style.top = `${Math.max(4, Math.min(event.clientY + 14, height - tooltip.offsetHeight - 4))}px`;
}

class Chart {
  constructor(view, figure, sweep, file) {
    Object.assign(this, {source: view, figure, sweep, file, shown: null});
    this.axes = isHeatMap(view) ? ['x', 'y'].map((axis) => view.layer[0].encoding[axis].field) : [];
    this.box = element('div', {class: 'chart', role: 'img', 'aria-label': `${view.heading} ${subjectOf(view)}`.trim()});
    this.box.style.minHeight = `${heightOf(view) + 50}px`; // so that the page does not jump when it is drawn
    const save = (kind) => element('button', {class: 'plain', type: 'button', onclick: () => this.save(kind),
      'aria-label': `Save ${file} as ${kind.toUpperCase()}`}, kind.toUpperCase());
    this.place = element('figure', {}, this.box, element('figcaption', {},
      element('span', {}, view.caption), element('span', {}, ...['csv', 'svg', 'png'].map(save))));
  }

  draw() {
    this.shown?.finalize();
    const view = vegaView(onPage(this.source, this.figure.spec.config, this.box.clientWidth));
    view.tooltip((handler, event, item, value) => tell(event, value ? item.datum : null, this.axes));
    this.shown = view.initialize(this.box);
    this.narrow();
    for (const part of this.box.querySelectorAll('svg [role]')) part.removeAttribute('role'); // the box has one
    this.box.style.minHeight = '';
  }

  narrow() {
    attempt(() => this.shown?.signal('only', choices.only[this.sweep.key] ?? '')); // a chart without inits has none
    this.shown?.run();
  }

  async save(kind) {
    if (kind === 'csv') return downloadText(`${this.file}.csv`, this.csv(), 'text/csv');
    const {title, config} = this.figure.spec;
    const view = vegaView(toSave(this.source, config, title.text, title.subtitle));
    download(`${this.file}.${kind}`, await view.toImageURL(kind, 2));
    view.finalize();
  }

  csv() {
    const rows = layersOf(this.source).filter((part) => part === this.source || hasInits(part.data))
      .flatMap(({data}) => data?.values ?? []);
    const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((key) => key !== 'marked');
    const cell = (value) => {
      const text = Array.isArray(value) ? value.join(' ') : String(value ?? '');
      return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    return [keys, ...rows.map((row) => keys.map((key) => row[key]))].map((row) => row.map(cell).join(',') + '\n').join('');
  }
}

const download = (name, url) => element('a', {href: url, download: name}).click();
const downloadText = (name, text, type = 'text/plain') => download(name, URL.createObjectURL(new Blob([text], {type})));
