/** What somebody meant who mistyped a word. */

/** The one of `words` that takes the fewest changes to make; undefined if none is near. */
export function nearest(typed: string, words: Iterable<string>): string | undefined {
  let found: string | undefined;
  let fewest = Math.floor(typed.length / 3) + 1;
  for (const word of words) {
    const count = changes(typed.toLowerCase(), word.toLowerCase());
    if (count > fewest || (count === fewest && found !== undefined)) continue;
    found = word;
    fewest = count;
  }
  return found;
}

/** Letters to be inserted, left out, replaced, or exchanged with their neighbour. */
function changes(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let at = 1; at <= to.length; at++) {
      const isSame = from[row - 1] === to[at - 1];
      let least = Math.min(
        (last[at] ?? 0) + 1,
        (next[at - 1] ?? 0) + 1,
        (last[at - 1] ?? 0) + (isSame ? 0 : 1),
      );
      if (row > 1 && at > 1 && from[row - 1] === to[at - 2] && from[row - 2] === to[at - 1])
        least = Math.min(least, (before[at - 2] ?? 0) + 1);
      next.push(least);
    }
    before = last;
    last = next;
  }
  return last[to.length] ?? 0;
}
