/** Where the files of this copy of the package are: in `lib/`, or built, in `dist/`. */

/** The folder of `index`. What is built lies there in pieces, or below it in the folder that it comes from. */
const ROOT = new URL(import.meta.url.replace(/(\/cli)?\/[^/]*$/, '/'));
const ENDING = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

export const PACKAGE = new URL('../package.json', ROOT);

/** The URL of a file of ours: 'debug/index'. */
export function ownFile(name: string): string {
  return new URL(name + ENDING, ROOT).href;
}
