/** Each rule of the design is a promise to users, and has a spec that is named after it: `L5: …`. */
import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';

/** How many rules there are of each letter: loop, groups, cancellation, values, resources. */
const RULES = { L: 9, G: 7, C: 12, V: 3, R: 6 };

async function titles(): Promise<string[]> {
  const folder = new URL('../', import.meta.url);
  const found: string[] = [];
  for (const path of await readdir(folder, { recursive: true })) {
    if (!path.endsWith('.spec.ts')) continue;
    const source = await readFile(new URL(path, folder), 'utf8');
    for (const [, , title = ''] of source.matchAll(/\bit\(\s*(['"`])(.*?)(?<!\\)\1/gs)) found.push(title);
  }
  return found;
}

describe('the rules', () => {
  it('have a spec each that is named after it', async () => {
    const named = new Set(
      (await titles()).flatMap((title) => title.split(':')[0]?.match(/\b[LGCVR]\d+\b/g) ?? []),
    );
    const rules = Object.entries(RULES).flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, at) => `${letter}${at + 1}`),
    );
    expect(rules.filter((rule) => !named.has(rule))).to.deep.equal([]);
    expect([...named].filter((rule) => !rules.includes(rule))).to.deep.equal([]);
  });
});
