/** The values of a program in another process: they stay there, and are named by where they lie on its desk. */
import { type AsyncInspector, askAsync } from '../../debug/inspect/inspector-protocol.js';
import type { Variable } from '../../debug/inspect/task-snapshot.js';
import type { Range, Shown, ShownProperty } from './explorer.js';
import { callOnDesk, evaluateOnDesk, privateFieldsOnDesk, type Values, visible } from './values.js';

/** Stands for a value of the other process: the list of a frame, and the place of the variable in it. */
export interface RemoteValue {
  readonly list: number;
  readonly at: number;
}

const SHOW = `function (places) {
  return places.map(({ list, at }) => this.explorer.show(this.values[list][at].value));
}`;
const PROPERTIES =
  'function (reference, range) { return this.explorer.properties(reference, range) ?? null; }';
const LAY_OUT = `function (places) {
  this.locals = {};
  for (const { name, list, at } of places) this.locals[name] = this.values[list][at].value;
}`;

export class RemoteValues implements Values {
  private readonly inspector: AsyncInspector;
  private evaluated: Promise<unknown> = Promise.resolve();

  constructor(inspector: AsyncInspector) {
    this.inspector = inspector;
  }

  async show(variables: readonly Variable[]): Promise<Shown[]> {
    const places = variables
      .filter((variable) => 'value' in variable)
      .map(({ value }) => value as RemoteValue);
    const shown = places.length === 0 ? [] : await this.call<Shown[]>(SHOW, places);
    let next = 0;
    return variables.map((variable) =>
      'value' in variable
        ? (shown[next++] as Shown)
        : { text: variable.text, type: '', reference: 0, named: 0, indexed: 0 },
    );
  }

  async properties(reference: number, range: Range): Promise<readonly ShownProperty[] | undefined> {
    const properties = await this.call<ShownProperty[] | null>(PROPERTIES, reference, range);
    if (properties === null) return undefined;
    return [...properties, ...(await askAsync(this.inspector, privateFieldsOnDesk(reference, range)))];
  }

  /** One after the other, for there is one desk. */
  evaluate(expression: string, variables: readonly Variable[], mayChange: boolean): Promise<Shown> {
    const shown = this.evaluated.then(() => this.evaluateNow(expression, variables, mayChange));
    this.evaluated = shown.catch(() => {});
    return shown;
  }

  private async evaluateNow(
    expression: string,
    variables: readonly Variable[],
    mayChange: boolean,
  ): Promise<Shown> {
    const seen = visible(variables);
    const places = [...seen].map(([name, { value }]) => ({ name, ...(value as RemoteValue) }));
    await this.call(LAY_OUT, places);
    return evaluateOnDesk(this.inspector, expression, seen.keys(), mayChange);
  }

  private call<T>(text: string, ...args: readonly unknown[]): Promise<T> {
    return callOnDesk(this.inspector, text, ...args.map((value) => ({ value })));
  }
}
