/** From positions in the scripts of one process to places in their sources, each looked up once. */
import type { ScriptPosition } from '../inspect/examine-generators.js';
import { Scripts } from './scripts.js';
import type { SourceLocation } from './source-location.js';
import { SourceMaps } from './source-maps.js';

export class Sources {
  readonly scripts = new Scripts();
  readonly maps = new SourceMaps();
  private readonly places = new Map<string, SourceLocation>();

  /** Undefined if the script is not known: see `Scripts.learn`. */
  locate(position: ScriptPosition | undefined): SourceLocation | undefined {
    if (position === undefined) return undefined;
    const key = `${position.scriptId}:${position.lineNumber}:${position.columnNumber}`;
    let place = this.places.get(key);
    if (place === undefined) {
      const script = this.scripts.get(position.scriptId);
      if (script === undefined) return undefined;
      place = this.maps.locate(script, position);
      this.places.set(key, place);
    }
    return place;
  }
}
