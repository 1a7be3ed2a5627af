/** Errors of reading bytes by length and by delimiter. */
import { nameErrors } from '../base/errors.js';

/** The stream ended before as many bytes had come as were asked for. What had come can still be received. */
export class IncompleteRead extends Error {
  static {
    nameErrors(IncompleteRead, 'IncompleteRead');
  }
}

/** The delimiter did not come within the limit. What has come can still be received. */
export class DelimiterNotFound extends Error {
  static {
    nameErrors(DelimiterNotFound, 'DelimiterNotFound');
  }
}
