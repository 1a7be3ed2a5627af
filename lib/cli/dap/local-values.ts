/** The values of a program that runs in this process. */
import { makeDescriber } from '../../debug/inspect/describe-value.js';
import { type AsyncInspector, askSync } from '../../debug/inspect/inspector-protocol.js';
import { localInspector } from '../../debug/inspect/local-inspector.js';
import type { Variable } from '../../debug/inspect/task-snapshot.js';
import { type Explorer, makeExplorer, type Range, type Shown, type ShownProperty } from './explorer.js';
import { RequestError } from './request-error.js';
import { DESK_KEY, type Desk, evaluateOnDesk, privateFieldsOnDesk, type Values, visible } from './values.js';

export class LocalValues implements Values, Disposable {
  private readonly explorer: Explorer = makeExplorer(makeDescriber().describe);
  private readonly desk: Desk = { explorer: this.explorer };

  async show(variables: readonly Variable[]): Promise<Shown[]> {
    return variables.map((variable) =>
      'value' in variable
        ? this.explorer.show(variable.value)
        : { text: variable.text, type: '', reference: 0, named: 0, indexed: 0 },
    );
  }

  showValue(value: unknown): Shown {
    return this.explorer.show(value);
  }

  async properties(reference: number, range: Range): Promise<readonly ShownProperty[] | undefined> {
    const properties = this.explorer.properties(reference, range);
    const inspector = localInspector();
    if (properties === undefined || typeof inspector === 'string') return properties;
    this.layDesk();
    return [...properties, ...askSync(inspector, privateFieldsOnDesk(reference, range))];
  }

  async evaluate(expression: string, variables: readonly Variable[], mayChange: boolean): Promise<Shown> {
    const inspector = localInspector();
    if (typeof inspector === 'string')
      throw new RequestError(`Expressions cannot be evaluated here: ${inspector}.`);
    const seen = visible(variables);
    this.layDesk();
    this.desk.locals = Object.fromEntries([...seen].map(([name, { value }]) => [name, value]));
    const asynchronous: AsyncInspector = {
      post: async (method, params) => inspector.post(method, params),
      onEvent: (name, listener) => inspector.onEvent(name, listener),
    };
    return evaluateOnDesk(asynchronous, expression, seen.keys(), mayChange);
  }

  private layDesk(): void {
    Object.defineProperty(globalThis, DESK_KEY, { value: this.desk, configurable: true });
  }

  /** Forgets all that was shown. */
  [Symbol.dispose](): void {
    if ((globalThis as { [DESK_KEY]?: Desk })[DESK_KEY] === this.desk)
      Reflect.deleteProperty(globalThis, DESK_KEY);
  }
}
