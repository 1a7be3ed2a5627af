/**
 * The scripts of a process, by the ids that the inspector gives them: where they were loaded from, and where their
 * source map is. The inspector tells of all of them when its debugger is enabled, so it is, for a moment, when an id
 * is met that is not known yet.
 */

import { pathOf } from '../../base/path-of.js';
import type { Answered, Inquiry } from '../inspect/inspector-protocol.js';

export interface Script {
  readonly url: string;
  /** As the script's last line gives it; '' if there is none. */
  readonly sourceMapURL: string;
}

interface ScriptParsed extends Partial<Script> {
  readonly scriptId: string;
}

export class Scripts {
  private readonly known = new Map<string, Script>();
  private readonly files = new Map<string, Script>();

  get(scriptId: string): Script | undefined {
    return this.known.get(scriptId);
  }

  /** The one that was loaded last from a file or an address. */
  loadedFrom(url: string): Script | undefined {
    return this.files.get(pathOf(url));
  }

  /** Sees to it that these are known, as far as the process knows them. */
  *learn(scriptIds: Iterable<string>): Inquiry<void> {
    for (const scriptId of scriptIds) {
      if (this.known.has(scriptId)) continue;
      yield* this.learnAll();
      return;
    }
  }

  /** Sees to it that those of these addresses are known. */
  *learnFrom(urls: Iterable<string>): Inquiry<void> {
    for (const url of urls) {
      if (this.files.has(pathOf(url))) continue;
      yield* this.learnAll();
      return;
    }
  }

  /** All that are loaded by now. */
  *all(): Inquiry<readonly Script[]> {
    yield* this.learnAll();
    return [...this.known.values()];
  }

  private *learnAll(): Inquiry<void> {
    const [answer] = yield [{ method: 'Debugger.enable', params: {}, events: 'Debugger.scriptParsed' }];
    const { events } = answer as Answered;
    for (const { scriptId, url = '', sourceMapURL = '' } of events as readonly ScriptParsed[]) {
      const script = { url, sourceMapURL };
      this.known.set(scriptId, script);
      this.files.set(pathOf(url), script);
    }
    yield [{ method: 'Debugger.disable' }];
  }
}
