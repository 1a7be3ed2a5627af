/** What the editor has asked for cannot be done: it shows the sentence, and all is as it was. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  constructor(text: string) {
    super(`${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?\n]$/.test(text) ? '' : '.'}`);
  }
}
