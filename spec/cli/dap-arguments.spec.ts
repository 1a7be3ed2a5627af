/** What the page on editors tells to write into launch.json is what the adapter takes. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ATTACH, LAUNCH, unknownNames } from '../../lib/cli/dap/arguments.js';

const PAGE = readFileSync(new URL('../../docs/debugging-in-vscode.md', import.meta.url), 'utf8');

interface Manifest {
  readonly contributes: {
    readonly debuggers: readonly {
      readonly configurationAttributes: Readonly<
        Record<'launch' | 'attach', { readonly properties: Readonly<Record<string, unknown>> }>
      >;
    }[];
  };
}

interface Launch {
  readonly configurations: readonly (Readonly<Record<string, unknown>> & { request: 'launch' | 'attach' })[];
}

describe('docs/debugging-in-vscode.md', () => {
  const [manifest, launch] = [...PAGE.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) =>
    JSON.parse(text!),
  ) as [Manifest, Launch];

  it('has an extension that knows all there is', () => {
    const { configurationAttributes } = manifest.contributes.debuggers[0]!;
    expect(Object.keys(configurationAttributes.launch.properties)).to.have.members([...LAUNCH]);
    expect(Object.keys(configurationAttributes.attach.properties)).to.have.members([...ATTACH]);
  });

  it('has a launch.json without a name that means nothing', () => {
    expect(launch.configurations).to.have.length(3);
    for (const configuration of launch.configurations) {
      expect(unknownNames(configuration.request, configuration)).to.equal(undefined);
    }
    expect(unknownNames('launch', { stopAtEntry: true })).to.match(/^"launch" knows no "stopAtEntry"/);
  });

  it('lists each name in its table', () => {
    for (const name of LAUNCH) expect(PAGE).to.match(new RegExp(`^\\|.*\`${name}\`.*\\|`, 'm'));
  });
});
