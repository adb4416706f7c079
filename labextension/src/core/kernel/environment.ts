/** A shell's environment, as its kernel sends it: location, exported variables, changes by blocks. */
import {
  asList,
  asNumber,
  asObject,
  asString,
  asStrings,
  isObject,
  stringOrNull,
  type JSONFields
} from '../json';

/** The shell's working directory. */
export interface ILocation {
  readonly cwd: string;
  /** Branch or short commit of the git repository that it is in; '' if it is in none. */
  readonly branch: string;
}

/** The ways in which a name can change. */
export const CHANGE_TYPES = ['set', 'changed', 'unset'] as const;

/** Names that a block has changed. */
export interface INameChanges {
  readonly set: readonly string[];
  readonly changed: readonly string[];
  readonly unset: readonly string[];
  /** How many more names there are that the kernel did not send. */
  readonly more: number;
}

/** What one block has changed. */
export interface IEnvironmentChange {
  readonly block: number;
  /** ID of the block's cell; null if the request did not name one. */
  readonly cell: string | null;
  /** The new working directory; null if it is the same. */
  readonly directory: string | null;
  /** Changes by kind of name: `variables`, `functions` and so on. */
  readonly names: ReadonlyMap<string, INameChanges>;
  /** Other parts of the environment that have changed, such as `umask`. */
  readonly others: readonly string[];
}

/** An exported variable. */
export interface IVariable {
  readonly name: string;
  /** Null if the variable has no value. */
  readonly value: string | null;
  /** How many more characters the value has that the kernel did not send. */
  readonly cut: number;
}

/** The environment after a block. */
export interface IEnvironment extends ILocation {
  readonly changes: readonly IEnvironmentChange[];
  readonly variables: readonly IVariable[];
  /** How many more variables there are that the kernel did not send. */
  readonly more: number;
}

/** Read a location; return null if there is none. */
export function readLocation({ cwd, branch }: JSONFields): ILocation | null {
  return typeof cwd === 'string' ? { cwd, branch: asString(branch) } : null;
}

/** Read an environment; return null if *data* has none. */
export function readEnvironment(data: JSONFields): IEnvironment | null {
  const location = readLocation(data);
  if (location === null) {
    return null;
  }
  return {
    ...location,
    changes: asList(data['changes']).flatMap(readChange),
    variables: asList(data['variables']).flatMap(readVariable),
    more: asNumber(data['more'])
  };
}

function readChange(data: unknown): IEnvironmentChange[] {
  const { block, cell, directory, others, ...kinds } = asObject(data);
  if (typeof block !== 'number') {
    return [];
  }
  const names = Object.entries(kinds).flatMap(([kind, changes]): [string, INameChanges][] =>
    isObject(changes) ? [[kind, readNameChanges(changes)]] : []
  );
  return [
    {
      block,
      cell: stringOrNull(cell),
      directory: stringOrNull(directory),
      names: new Map(names),
      others: asStrings(others)
    }
  ];
}

function readNameChanges({ set, changed, unset, more }: JSONFields): INameChanges {
  return {
    set: asStrings(set),
    changed: asStrings(changed),
    unset: asStrings(unset),
    more: asNumber(more)
  };
}

function readVariable(data: unknown): IVariable[] {
  const { name, value, cut } = asObject(data);
  return typeof name === 'string' ? [{ name, value: stringOrNull(value), cut: asNumber(cut) }] : [];
}
