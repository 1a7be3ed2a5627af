/** How an expression sees the variables of a frame, in the terminal's debugger and in editors. */

/** The text that evaluates an expression over variables that are the properties of an object, `this` among them. */
export function overVariables(expression: string, names: Iterable<string>, object: string): string {
  const declared = [...names].filter((name) => name !== 'this').join(', ');
  return `(function () { 'use strict'; const { ${declared} } = ${object}; return (\n${expression}\n); }).call(${object}.this)`;
}
