import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

// import.meta.url is not a file in vitest.
const SOURCES = join(import.meta.dirname, '../src');
// Imports of types alone do not count: they are not in the bundle.
const IMPORT = /^(?:import|export)\s+(?!type\b)[^'"]*?from\s+'(\.[^']*)'/gm;

function sourceFiles(directory: string): string[] {
  return readdirSync(directory).flatMap(name => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? sourceFiles(path) : path.endsWith('.ts') ? [path] : [];
  });
}

function importsOf(file: string): string[] {
  const imports = readFileSync(file, 'utf8').matchAll(IMPORT);
  return [...imports].map(([, path = '']) => `${join(dirname(file), path)}.ts`);
}

/** Return the files of a cycle; none if there is no cycle. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) {
      return [...path.slice(path.indexOf(file)), file];
    }
    for (const next of done.has(file) ? [] : (graph.get(file) ?? [])) {
      const cycle = visit(next, [...path, file]);
      if (cycle.length > 0) {
        return cycle;
      }
    }
    done.add(file);
    return [];
  };
  return [...graph.keys()].reduce<string[]>(
    (found, file) => (found.length > 0 ? found : visit(file, [])),
    []
  );
}

describe('the imports of the extension', () => {
  const files = sourceFiles(SOURCES);
  const graph = new Map(files.map(file => [file, importsOf(file)]));

  it('name files that exist', () => {
    const all = new Set(files);
    const missing = [...graph.values()].flat().filter(file => !all.has(file));
    expect(missing).toEqual([]);
  });

  it('have no cycle', () => {
    expect(findCycle(graph).map(file => relative(SOURCES, file))).toEqual([]);
  });

  it('are checked by a search that finds one', () => {
    const cycle = new Map([
      ['a', ['b', 'c']],
      ['b', []],
      ['c', ['b', 'd']],
      ['d', ['a']]
    ]);
    expect(findCycle(cycle)).toEqual(['a', 'c', 'd', 'a']);
  });
});
