/**
 * A source text with everything blanked out that is no code: comments, strings, the text of templates, regular
 * expressions. Lines and columns stay where they were, so that what is searched for in the rest is found in its place.
 *
 * It reads as a syntax highlighter does, token by token, and does not parse; what it cannot tell (whether a slash
 * divides or begins a regular expression) it judges by the token before.
 */

/** What begins behind an operator or one of these words is an expression, so a slash begins a regular expression. */
const BEFORE_EXPRESSION =
  /(?:^|[({[,;=:!&|?+\-*%^~<>]|=>|\b(?:return|typeof|case|do|else|in|of|new|delete|void|throw|yield|await))\s*$/;

/** From here on, what the next token of each kind is; tried in this order, `y` anchors them. */
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;
const STRING = /'(?:\\[\s\S]|[^'\\\n])*'?|"(?:\\[\s\S]|[^"\\\n])*"?/y;
const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
const TEMPLATE_TEXT = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*/y;
const PLAIN = /[^'"`/{}]+/y;

export function blankText(source: string): string {
  let blanked = '';
  let at = 0;
  /** For each open template: how many braces are open inside its `${`. */
  const templates: number[] = [];
  /** The token before was a literal, which is blank by now: a slash divides it. */
  let isAfterLiteral = false;

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  const pass = (text: string, isCode: boolean): void => {
    blanked += isCode ? text : text.replaceAll(/[^\n]/g, ' ');
    at += text.length;
    if (isCode && text.trim() !== '') isAfterLiteral = false;
  };
  const passLiteral = (text: string): void => {
    pass(text, false);
    isAfterLiteral = true;
  };
  /** The text of a template up to its end or to a `${`. */
  const passTemplate = (): void => {
    pass(take(TEMPLATE_TEXT) ?? '', false);
    if (source.startsWith('${', at)) {
      pass('${', false);
      templates.push(0);
      isAfterLiteral = false;
    } else passLiteral(source.charAt(at));
  };

  while (at < source.length) {
    const character = source.charAt(at);
    const depth = templates.length - 1;
    if (character === '`') {
      pass(character, false);
      passTemplate();
    } else if (character === '}' && templates[depth] === 0) {
      pass(character, false);
      templates.pop();
      passTemplate();
    } else if (character === '{' || character === '}') {
      if (depth >= 0) templates[depth] = (templates[depth] as number) + (character === '{' ? 1 : -1);
      pass(character, true);
    } else if (character === '/') {
      const comment = take(COMMENT);
      const isDivision = isAfterLiteral || !BEFORE_EXPRESSION.test(blanked.slice(-80));
      const regex = isDivision ? undefined : take(REGEX);
      if (comment !== undefined) pass(comment, false);
      else if (regex !== undefined) passLiteral(regex);
      else pass(character, true);
    } else if (character === '"' || character === "'") passLiteral(take(STRING) ?? character);
    else pass(take(PLAIN) ?? character, true);
  }
  return blanked;
}
