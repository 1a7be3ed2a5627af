/** A path as a person reads it. */
import { showLocation } from '../../debug/source/show-location.js';

/** From the working directory for what lies below it. */
export function showFile(file: string): string {
  return showLocation({ file, line: 0, column: 0 }).replace(/:0:0$/, '');
}
