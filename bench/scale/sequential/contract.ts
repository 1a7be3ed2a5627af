/** Runs `n` children one after the other, `reading` each `every` of them; gives the sum of what they return. */
export type Sequence = (n: number, every: number, reading: () => void) => Promise<number>;
