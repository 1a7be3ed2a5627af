/** What a program comes to: figures with names, the same for every system that runs it. */

export type Unit = 'ms' | 's' | 'µs' | 'ns' | 'MB' | 'B' | '/s' | 'lines' | '';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
}

/** One system's figures, in the order in which they are shown. */
export type Figures = readonly Figure[];

export function figure(name: string, value: number, unit: Unit = ''): Figure {
  return { name, value, unit };
}

/** The middle one of several rounds; of an even number, the lower of the two. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
}

/** Figure by figure, the median over the rounds. */
export function medians(rounds: readonly Figures[]): Figures {
  return (rounds[0] ?? []).map(({ name, unit }) => {
    const values = rounds.flatMap((figures) => figures.filter((other) => other.name === name));
    return figure(name, median(values.map(({ value }) => value)), unit);
  });
}

/** A program is wrong, however fast: the run ends here. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${what}: ${is}, expected ${should}`);
}
