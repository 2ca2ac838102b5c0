// node report.mjs BENCHMARKS.json FOLDER: keeps what Google Benchmark measured as FOLDER/benchmarks.json, a line each,
// and as a table, benchmarks.md.
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

const [source, folder] = process.argv.slice(2);
const { context, benchmarks } = JSON.parse(readFileSync(source, 'utf8'));
const nanoseconds = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
const digits = (value) => Number(value.toPrecision(3)).toString();
const git = (...words) => execFileSync('git', words, { encoding: 'utf8' }).trim();
const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!results'); // what is written here
const commit = git('rev-parse', '--short', 'HEAD') + (changed ? '-dirty' : '');

const rows = benchmarks.map((b) => {
  const row = { name: b.name, ns: Number(digits(b.cpu_time * nanoseconds[b.time_unit])) };
  if (b['FLOP/s']) Object.assign(row, { gflops: Number(digits(b['FLOP/s'] / 1e9)), of_sgemm: Number(digits(b['of sgemm'])) });
  if (b['bytes/s']) Object.assign(row, { gbytes: Number(digits(b['bytes/s'] / 1e9)), of_copy: Number(digits(b['of copy'])) });
  if (b['s/op']) row.ns_per_op = Number(digits(b['s/op'] * 1e9));
  return row;
});

function time(ns) {
  for (const [unit, size] of Object.entries(nanoseconds).reverse()) if (ns >= size) return `${digits(ns / size)} ${unit}`;
  return `${digits(ns)} ns`;
}

function cells(row) {
  if (row.gflops) return [`${row.gflops} GFLOP/s`, `${row.of_sgemm.toFixed(2)} of the product`];
  if (row.gbytes) return [`${row.gbytes} GB/s`, `${row.of_copy.toFixed(2)} of the copy`];
  return row.ns_per_op ? [`${row.ns_per_op} ns an op`, ''] : ['', ''];
}

function table() {
  const families = {};
  for (const row of rows) (families[row.name.split('/')[0]] ??= []).push(row);
  let text = `# Benchmarks

Written by \`make bench\` on commit ${commit}, ${context.date.slice(0, 10)}; benchmarks.json holds the same.

${context.cpu}, ${context.instruction_set} kernels, one thread. In the same run OpenBLAS did a product of 1024 by 1024
matrices at ${digits(context.sgemm_flops / 1e9)} GFLOP/s, and a copy of 128 MB read and wrote ${digits(context.copy_bytes / 1e9)} GB/s; rates are shares of
these. What stays in the caches is faster than the copy.
`;
  for (const [family, members] of Object.entries(families)) {
    text += `\n## ${family}\n\n| | time | rate | share |\n| --- | --: | --: | --: |\n`;
    for (const row of members)
      text += `| ${[row.name.slice(family.length + 1), time(row.ns), ...cells(row)].join(' | ')} |\n`;
  }
  return text;
}

function writeWhole(path, text) {
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}

const { cpu, instruction_set, sgemm_flops, copy_bytes, date } = context;
const head = JSON.stringify({ commit, date, cpu, instruction_set, sgemm_flops, copy_bytes });
writeWhole(`${folder}/benchmarks.json`,
  `{"context": ${head},\n"benchmarks": [\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]}\n`);
writeWhole(`${folder}/benchmarks.md`, table());
