// node render.mjs SPEC.vl.json OUT.svg: draws a Vega-Lite spec as SVG; same spec, same bytes.
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const [spec, svg] = process.argv.slice(2);

async function draw(spec) {
  const { default: vega } = await import('vega');
  const { default: vegaLite } = await import('vega-lite');
  return new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none' }).toSVG();
}

function writeWhole(path, text) {
  const aside = `${path}.${randomUUID()}.part`; // shards that end together draw the same figures
  const file = openSync(aside, 'w');
  writeFileSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(aside, path);
}

try {
  if (!svg) throw new Error('usage: node render.mjs SPEC.vl.json OUT.svg');
  writeWhole(svg, await draw(JSON.parse(readFileSync(spec, 'utf8'))));
} catch (error) {
  const help = error.code === 'ERR_MODULE_NOT_FOUND' ? ' (./setup.sh run installs it)' : '';
  console.error(`Error: ${error.message.split('\n')[0]}${help}`);
  process.exitCode = 1;
}
