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
export function filterVariables(variables: readonly IVariable[], query: string): IVariable[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return variables.filter(({ name, value }) => {
    const all = `${name}=${value ?? ''}`.toLowerCase();
    return words.every(word => all.includes(word));
  });
}

/** Describe what a block has changed; of each kind at most *most* names. */
export function describeChange(
  change: IEnvironmentChange,
  trans: ITranslationBundle,
  maxNames = Infinity
): string {
  const parts: string[] = [];
  for (const kind of KINDS) {
    const changes = change.names.get(kind);
    if (changes !== undefined) {
      parts.push(...describeKind(kind, changes, trans, maxNames));
    }
  }
  if (change.directory !== null) {
    parts.push(trans.__('directory %1', formatPath(change.directory)).trim());
  }
  return [...parts, ...change.others.map(other => describeOther(other, trans))].join('; ');
}

function describeKind(
  kind: Kind,
  changes: INameChanges,
  trans: ITranslationBundle,
  maxNames: number
): string[] {
  const phrases = PHRASES[kind];
  const parts = CHANGE_TYPES.filter(type => changes[type].length > 0).map(type => {
    const names = changes[type];
    const more = Math.max(0, names.length - maxNames);
    const shown = names.slice(0, maxNames).join(', ');
    const listed = more > 0 ? trans.__('%1 and %2 more', shown, more) : shown;
    return phrases(type, names.length, listed, trans);
  });
  return changes.more > 0 ? [...parts, trans.__('and %1 more', changes.more)] : parts;
}

type Phrases = (
  type: (typeof CHANGE_TYPES)[number],
  count: number,
  names: string,
  trans: ITranslationBundle
) => string;

const PHRASES: Readonly<Record<Kind, Phrases>> = {
  variables: (type, _, names, trans) => {
    switch (type) {
      case 'set':
        return trans.__('%1 set', names);
      case 'changed':
        return trans.__('%1 changed', names);
      case 'unset':
        return trans.__('%1 unset', names);
    }
  },
  functions: (type, n, names, trans) =>
    type === 'unset'
      ? trans._n('function %2 removed', 'functions %2 removed', n, names)
      : trans._n('function %2', 'functions %2', n, names),
  aliases: (type, n, names, trans) =>
    type === 'unset'
      ? trans._n('alias %2 removed', 'aliases %2 removed', n, names)
      : trans._n('alias %2', 'aliases %2', n, names),
  completions: (type, n, names, trans) =>
    type === 'unset'
      ? trans._n('completion of %2 removed', 'completions of %2 removed', n, names)
      : trans._n('completion of %2', 'completions of %2', n, names),
  options: (type, _, names, trans) =>
    type === 'unset' ? trans.__('%1 off', names) : trans.__('%1 on', names),
  traps: (type, n, names, trans) =>
    type === 'unset'
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
