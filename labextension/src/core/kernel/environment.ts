/** Environment: where a shell is, what it exports, and what each block has changed. */
import type { ITranslationBundle } from '../translation';
import { formatPath } from '../format';

/** Where the shell is. */
export interface ILocation {
  readonly cwd: string;
  /** Branch or short commit of the repository around it; '' if there is none. */
  readonly branch: string;
}

const CHANGE_TYPES = ['set', 'changed', 'unset'] as const;

/** How names are different after a block. */
export interface INameChanges {
  readonly set: readonly string[];
  readonly changed: readonly string[];
  readonly unset: readonly string[];
  /** How many there are that are not told. */
  readonly more: number;
}

/** What one block has changed. */
export interface IEnvironmentChange {
  readonly block: number;
  /** The cell that asked for it; null: nobody said. */
  readonly cell: string | null;
  /** Where it has gone; null: it stayed. */
  readonly directory: string | null;
  /** By kind: `variables`, `functions` and so on. */
  readonly kinds: ReadonlyMap<string, INameChanges>;
  /** Kinds of which there is one: `umask`. */
  readonly others: readonly string[];
}

/** An exported variable; *value* is null where it has none. */
export interface IVariable {
  readonly name: string;
  readonly value: string | null;
  /** How many characters of the value are not told. */
  readonly cut: number;
}

/** All that a kernel tells of the environment after a block. */
export interface IEnvironment extends ILocation {
  readonly changes: readonly IEnvironmentChange[];
  readonly variables: readonly IVariable[];
  /** How many variables there are that are not told. */
  readonly more: number;
}

type Told = Readonly<Record<string, unknown>>;

/** Read where a shell is; null: it is not told. */
export function readLocation(told: Told): ILocation | null {
  const { cwd, branch } = told;
  return typeof cwd === 'string' ? { cwd, branch: text(branch) ?? '' } : null;
}

/** Read an environment; null: it is none. */
export function readEnvironment(told: Told): IEnvironment | null {
  const where = readLocation(told);
  if (where === null) {
    return null;
  }
  return {
    ...where,
    changes: list(told['changes']).flatMap(readChange),
    variables: list(told['variables']).flatMap(readVariable),
    more: count(told['more'])
  };
}

function readChange(told: unknown): IEnvironmentChange[] {
  const { block, cell, directory, others, ...kinds } = isObject(told) ? told : {};
  if (typeof block !== 'number') {
    return [];
  }
  const read = Object.entries(kinds).flatMap(([kind, ways]): [string, INameChanges][] =>
    isObject(ways) ? [[kind, readNameChanges(ways)]] : []
  );
  return [
    {
      block,
      cell: text(cell),
      directory: text(directory),
      kinds: new Map(read),
      others: texts(others)
    }
  ];
}

function readNameChanges(ways: Told): INameChanges {
  const [set, changed, unset] = CHANGE_TYPES.map(way => texts(ways[way]));
  return { set: set ?? [], changed: changed ?? [], unset: unset ?? [], more: count(ways['more']) };
}

function readVariable(told: unknown): IVariable[] {
  const { name, value, cut } = isObject(told) ? told : {};
  return typeof name === 'string' ? [{ name, value: text(value), cut: count(cut) }] : [];
}

/** Return the variables whose name or value has all words of *wanted*. */
export function filterVariables(variables: readonly IVariable[], wanted: string): IVariable[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return variables.filter(({ name, value }) => {
    const all = `${name}=${value ?? ''}`.toLowerCase();
    return words.every(word => all.includes(word));
  });
}

/** What a block has changed in words; of many names the first *most*. */
export function describeChange(
  change: IEnvironmentChange,
  trans: ITranslationBundle,
  most = Infinity
): string {
  const parts: string[] = [];
  for (const kind of KINDS) {
    const ways = change.kinds.get(kind);
    if (ways !== undefined) {
      parts.push(...describeKind(kind, ways, trans, most));
    }
  }
  if (change.directory !== null) {
    parts.push(trans.__('directory %1', formatPath(change.directory)).trim());
  }
  return [...parts, ...change.others.map(other => describeOther(other, trans))].join('; ');
}

const KINDS = ['variables', 'functions', 'aliases', 'completions', 'options', 'traps'] as const;
type Kind = (typeof KINDS)[number];

function describeKind(
  kind: Kind,
  ways: INameChanges,
  trans: ITranslationBundle,
  most: number
): string[] {
  const phrases = PHRASES[kind];
  const parts = CHANGE_TYPES.filter(way => ways[way].length > 0).map(way => {
    const names = ways[way];
    const more = Math.max(0, names.length - most);
    const shown = names.slice(0, most).join(', ');
    const listed = more > 0 ? trans.__('%1 and %2 more', shown, more) : shown;
    return phrases(way, names.length, listed, trans);
  });
  return ways.more > 0 ? [...parts, trans.__('and %1 more', ways.more)] : parts;
}

type Phrases = (
  way: (typeof CHANGE_TYPES)[number],
  count: number,
  names: string,
  trans: ITranslationBundle
) => string;

const PHRASES: Readonly<Record<Kind, Phrases>> = {
  variables: (way, _, names, trans) => {
    switch (way) {
      case 'set':
        return trans.__('%1 set', names);
      case 'changed':
        return trans.__('%1 changed', names);
      case 'unset':
        return trans.__('%1 unset', names);
    }
  },
  functions: (way, n, names, trans) =>
    way === 'unset'
      ? trans._n('function %2 removed', 'functions %2 removed', n, names)
      : trans._n('function %2', 'functions %2', n, names),
  aliases: (way, n, names, trans) =>
    way === 'unset'
      ? trans._n('alias %2 removed', 'aliases %2 removed', n, names)
      : trans._n('alias %2', 'aliases %2', n, names),
  completions: (way, n, names, trans) =>
    way === 'unset'
      ? trans._n('completion of %2 removed', 'completions of %2 removed', n, names)
      : trans._n('completion of %2', 'completions of %2', n, names),
  options: (way, _, names, trans) =>
    way === 'unset' ? trans.__('%1 off', names) : trans.__('%1 on', names),
  traps: (way, n, names, trans) =>
    way === 'unset'
      ? trans._n('trap %2 removed', 'traps %2 removed', n, names)
      : trans._n('trap %2', 'traps %2', n, names)
};

function describeOther(other: string, trans: ITranslationBundle): string {
  switch (other) {
    case 'directory stack':
      return trans.__('directory stack');
    case 'positional parameters':
      return trans.__('positional parameters');
    default:
      return other;
  }
}

function isObject(told: unknown): told is Told {
  return typeof told === 'object' && told !== null && !Array.isArray(told);
}

function list(told: unknown): readonly unknown[] {
  return Array.isArray(told) ? told : [];
}

function texts(told: unknown): string[] {
  return list(told).filter(one => typeof one === 'string');
}

function text(told: unknown): string | null {
  return typeof told === 'string' ? told : null;
}

function count(told: unknown): number {
  return typeof told === 'number' ? told : 0;
}
