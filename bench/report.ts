/**
 * Makes tables and plots of a run again, from its JSON: `make bench-report FILE=bench/results/…/results.json`. With
 * README=path the table between the marks in that file is replaced, if the run was a whole one, and with PLOTS=folder the
 * plots go there.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { plotsOf } from './harness/plots.js';
import { insertSection } from './harness/readme-section.js';
import { colored, summary, writeReport } from './harness/report.js';
import type { Results } from './harness/results.js';

const { FILE: file, README: readme, PLOTS: plots } = process.env;
if (!file) throw new Error('which results? make bench-report FILE=bench/results/<time>/results.json');
const results = JSON.parse(await readFile(file, 'utf8')) as Results;
if (results.environment?.versions === undefined)
  throw new Error(`${file} is no results.json of this version of the suite`);
await writeReport(results, dirname(file));
process.stdout.write(`${colored(summary(results))}\n`);
if (readme) await writeFile(readme, insertSection(await readFile(readme, 'utf8'), results));
if (plots) {
  await mkdir(plots, { recursive: true });
  for (const [name, svg] of await plotsOf(results)) await writeFile(join(plots, `${name}.svg`), svg);
}
