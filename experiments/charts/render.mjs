// node render.mjs SPEC.vl.json OUT.svg: draws a Vega-Lite spec as SVG. Equal specs give equal bytes.
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const [spec, svg] = process.argv.slice(2);

function writeWhole(path, text) {
  const aside = `${path}.${randomUUID()}.part`; // shards may draw the same figure at the same time
  const file = openSync(aside, 'w');
  writeFileSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(aside, path);
}

try {
  if (!svg) throw new Error('usage: node render.mjs SPEC.vl.json OUT.svg');
  const figure = JSON.parse(readFileSync(spec, 'utf8'));
  const { default: vega } = await import('vega');
  const { default: vegaLite } = await import('vega-lite');
  writeWhole(svg, await new vega.View(vega.parse(vegaLite.compile(figure).spec), { renderer: 'none' }).toSVG());
} catch (error) {
  const help = error.code === 'ERR_MODULE_NOT_FOUND' ? ' (./setup.sh run installs it)' : '';
  console.error(`Error: ${error.message.split('\n')[0]}${help}`);
  process.exitCode = 1;
}
