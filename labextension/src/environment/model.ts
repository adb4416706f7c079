/** What the environment section shows: changes in words, and variables that match a search. */
import { formatPath } from '../core/format';
import {
  CHANGE_TYPES,
  type IEnvironmentChange,
  type INameChanges,
  type IVariable
} from '../core/kernel/environment';
import type { ITranslationBundle } from '../core/translation';

/** Return the variables whose name or value contains every word of *wanted*. */
export function filterVariables(variables: readonly IVariable[], wanted: string): IVariable[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return variables.filter(({ name, value }) => {
    const all = `${name}=${value ?? ''}`.toLowerCase();
    return words.every(word => all.includes(word));
  });
}

/** Describe what a block has changed; of each kind at most *most* names. */
export function describeChange(
  change: IEnvironmentChange,
  trans: ITranslationBundle,
  most = Infinity
): string {
  const parts: string[] = [];
  for (const kind of KINDS) {
    const ways = change.names.get(kind);
    if (ways !== undefined) {
      parts.push(...describeKind(kind, ways, trans, most));
    }
  }
  if (change.directory !== null) {
    parts.push(trans.__('directory %1', formatPath(change.directory)).trim());
  }
  return [...parts, ...change.others.map(other => describeOther(other, trans))].join('; ');
}

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

const KINDS = ['variables', 'functions', 'aliases', 'completions', 'options', 'traps'] as const;

type Kind = (typeof KINDS)[number];
