/**
 * Makes tables and plots of a run again, from its JSON: `make bench-report FILE=bench/results/…/results.json`. With
 * README=path the table between the marks in that file is replaced, if the run was a whole one, and with PLOTS=folder the
 * plots go there.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Complaint, runCommand } from './harness/complaint.js';
import { plotsOf } from './harness/plots.js';
import { insertSection } from './harness/readme-section.js';
import { colored, summary, writeReport } from './harness/report.js';
import { FORMAT, type Results } from './harness/results.js';

async function read(file: string): Promise<Results> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Complaint(error.message);
  });
  const results = JSON.parse(text) as Partial<Results>;
  if (results.format === FORMAT) return results as Results;
  const { commit = 'unknown', date = 'unknown' } = results.environment ?? {};
  if (results.environment === undefined) throw new Complaint(`${file} is no results.json of \`make bench\``);
  throw new Complaint(
    `${file} (${date}, commit ${commit}) is of another version of this suite, which sampled otherwise: measure anew, or report with that version`,
  );
}

await runCommand(async () => {
  const { FILE: file, README: readme, PLOTS: plots } = process.env;
  if (!file) throw new Complaint('which results? make bench-report FILE=bench/results/<time>/results.json');
  const results = await read(file);
  await writeReport(results, dirname(file));
  process.stdout.write(`${colored(summary(results))}\n`);
  if (readme) await writeFile(readme, insertSection(await readFile(readme, 'utf8'), results));
  if (plots) {
    await mkdir(plots, { recursive: true });
    for (const [name, svg] of await plotsOf(results)) await writeFile(join(plots, `${name}.svg`), svg);
  }
});
