/** Markdown tables that can also be read in a terminal, and numbers in them. */
import type { Measure } from './contract.js';

/** All cells of a column are equally wide; columns from `numbers` on are flush right. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: number,
): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => {
    const cells = widths.map((width, i) => {
      const cell = row[i] ?? '';
      return i >= numbers ? cell.padStart(width) : cell.padEnd(width);
    });
    return `| ${cells.join(' | ')} |`;
  };
  const rule = widths.map((width, i) => (i >= numbers ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2)));
  return [line(header), `|${rule.join('|')}|`, ...rows.map(line)].join('\n');
}

export function quantity(value: number, measure: Measure): string {
  if (measure === 'heap' || measure === 'bundle') return `${Math.round(value).toLocaleString('en')} B`;
  if (value >= 1_000_000) return `${digits(value / 1_000_000)} ms`;
  if (value >= 10_000) return `${digits(value / 1000)} µs`;
  return `${digits(value)} ns`;
}

/** Three digits that mean something. */
export function digits(value: number): string {
  if (value >= 99.5) return Math.round(value).toLocaleString('en');
  return value.toPrecision(value >= 0.995 ? 3 : 2);
}

/** With half of its spread, in as many places: `0.69 ±0.04`. */
export function digitsWithin(value: number, spread: number): string {
  const text = digits(value);
  const places = text.split('.')[1]?.length ?? 0;
  return `${text} ±${((value * spread) / 2).toFixed(places)}`;
}

export function count(n: number): string {
  if (n >= 1_000_000 && n % 1_000_000 === 0) return `${n / 1_000_000}M`;
  if (n >= 1_000 && n % 1_000 === 0) return `${n / 1_000}k`;
  return String(n);
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
