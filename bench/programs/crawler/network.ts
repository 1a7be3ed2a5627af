/**
 * A web that is only pretended: `size` pages that link to one another, and servers that are slow, refuse, or never
 * answer. What a request comes to depends on the page and the attempt alone, so every crawl has the same outcome.
 */

const LINKS_DOWN = 10;
/** Requests in 1000. */
const REFUSED = 20;
const HANGING = 2;
/** Milliseconds: from and to, for one that answers. */
const FASTEST = 10;
const SLOWEST = 90;

export interface Page {
  readonly id: number;
  readonly bytes: number;
  readonly links: readonly number[];
}

/** What a request comes to. */
export type Reply =
  | { readonly kind: 'page'; readonly ms: number; readonly page: Page }
  | { readonly kind: 'refused'; readonly ms: number }
  | { readonly kind: 'hangs' };

export class Refused extends Error {}

/** What a crawl finds. */
export interface Crawl {
  readonly pages: number;
  readonly bytes: number;
  /** Pages given up after all attempts. */
  readonly lost: number;
}

export class Network {
  readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  request(id: number, attempt: number): Reply {
    const dice = mix(id, attempt);
    const ms = FASTEST + (dice % (SLOWEST - FASTEST));
    const lot = (dice >>> 8) % 1000;
    if (lot < HANGING) return { kind: 'hangs' };
    if (lot < HANGING + REFUSED) return { kind: 'refused', ms };
    return { kind: 'page', ms, page: this.pageOf(id) };
  }

  /** Each page links to ten that nobody else links to, and to one that somebody does. */
  private pageOf(id: number): Page {
    const links: number[] = [];
    for (let i = 1; i <= LINKS_DOWN; i++) {
      const link = id * LINKS_DOWN + i;
      if (link < this.size) links.push(link);
    }
    links.push(mix(id, 99) % this.size);
    return { id, bytes: 1000 + (mix(id, 98) % 9000), links };
  }
}

/** A number from 0 to 2^31 - 1 that looks random. */
function mix(a: number, b: number): number {
  let x = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 1, 0xc2b2ae35);
  x ^= x >>> 15;
  x = Math.imul(x, 0x2c1b3c6d);
  x ^= x >>> 13;
  return (x ^ (x >>> 16)) & 0x7fffffff;
}
