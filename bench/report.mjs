// node report.mjs BENCHMARKS.json FOLDER: reads the output of Google Benchmark and writes FOLDER/benchmarks.json, with one
// line for each benchmark, and FOLDER/benchmarks.md, with tables.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const [source, folder] = process.argv.slice(2);
const { context, benchmarks } = JSON.parse(readFileSync(source, 'utf8'));
const nanoseconds = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
const digits = (value) => Number(value.toPrecision(3)).toString();
const git = (...words) => execFileSync('git', words, { encoding: 'utf8' }).trim();
const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!results'); // this script changes results itself
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

const { cpu, instruction_set, sgemm_flops, copy_bytes, date } = context;
const head = JSON.stringify({ commit, date, cpu, instruction_set, sgemm_flops, copy_bytes });
writeFileSync(`${folder}/benchmarks.json`,
  `{"context": ${head},\n"benchmarks": [\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]}\n`);

const families = {};
for (const row of rows) (families[row.name.split('/')[0]] ??= []).push(row);
let text = `# Benchmarks

\`make bench\` wrote this page on commit ${commit}, ${date.slice(0, 10)}. benchmarks.json holds the same numbers.

The CPU is ${cpu} with ${instruction_set} kernels, and everything ran on one thread. In the same run OpenBLAS multiplied
matrices of 1024 by 1024 at ${digits(sgemm_flops / 1e9)} GFLOP/s, and a copy of 128 MB read and wrote ${digits(copy_bytes / 1e9)} GB/s. The
shares below are shares of these two rates. Data that stays in the caches can move faster than that copy.
`;
for (const [family, members] of Object.entries(families)) {
  text += `\n## ${family}\n\n| | time | rate | share |\n| --- | --: | --: | --: |\n`;
  for (const row of members) text += `| ${[row.name.slice(family.length + 1), time(row.ns), ...cells(row)].join(' | ')} |\n`;
}
writeFileSync(`${folder}/benchmarks.md`, text);
