import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { pathOf } from '../../../lib/base/path-of.js';
import { SourceMaps } from '../../../lib/debug/source/source-maps.js';

/** Line 3, column 5 of the script is line 10, column 3 of the source (lines from 1, columns from 0). */
const MAP = { version: 3, sources: ['../src/app.ts'], names: [], mappings: ';;KASG' };
const AT = { lineNumber: 2, columnNumber: 5 };

function inline(map: unknown): string {
  return `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
}

describe('source maps', () => {
  const url = 'file:///srv/dist/app.js';
  const original = { file: '/srv/src/app.ts', line: 10, column: 4 };
  const generated = { file: '/srv/dist/app.js', line: 3, column: 6 };

  it('inline, in base64 or escaped', () => {
    expect(new SourceMaps().locate({ url, sourceMapURL: inline(MAP) }, AT)).to.deep.equal(original);
    const escaped = `data:application/json,${encodeURIComponent(JSON.stringify(MAP))}`;
    expect(new SourceMaps().locate({ url, sourceMapURL: escaped }, AT)).to.deep.equal(original);
  });

  it('in a file beside the script, which has a URL or, if it was required, a path', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'treadle map-'));
    try {
      await writeFile(join(folder, 'app.js.map'), JSON.stringify({ ...MAP, sources: ['app ö.ts'] }));
      const path = join(folder, 'app.js');
      const found = { ...original, file: join(folder, 'app ö.ts') };
      for (const script of [path, pathToFileURL(path).href]) {
        expect(new SourceMaps().locate({ url: script, sourceMapURL: 'app.js.map' }, AT)).to.deep.equal(found);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('where there is none, none that can be read, or no source for the place: the position in the script', () => {
    for (const sourceMapURL of [
      '',
      'missing.map',
      inline('no map'),
      'data:application/json;base64,***',
      'http://[',
    ]) {
      expect(new SourceMaps().locate({ url, sourceMapURL }, AT), sourceMapURL).to.deep.equal(generated);
    }
    const unmapped = { url, sourceMapURL: inline(MAP) };
    expect(new SourceMaps().locate(unmapped, { lineNumber: 0 })).to.deep.equal({
      ...generated,
      line: 1,
      column: 1,
    });
  });

  it('paths are those of files; other URLs stay as they are', () => {
    expect(pathOf('file:///a%20b/c.js?tsx=1')).to.equal('/a b/c.js');
    expect(pathOf('file:///C:/project/a.js')).to.equal('C:/project/a.js');
    expect(pathOf('node:internal/timers')).to.equal('node:internal/timers');
    expect(pathOf('/plain/path.js')).to.equal('/plain/path.js');
    expect(pathOf('file://%')).to.equal('file://%');
  });
});
