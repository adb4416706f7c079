/** Block list: the blocks of a notebook as a list that can be searched and counted. */
import { isActive, isUnsuccessful, type CellState } from './cellstate';
import { formatDuration, formatElapsed } from './format';
import type { IRecord } from './record';

/** What is known of a cell that has a block, or will have one. */
export interface ICellInfo {
  readonly cell: string;
  readonly source: string;
  readonly state: CellState;
  readonly record: IRecord | null;
  readonly isPinned: boolean;
}

/** One block of the list. */
export interface IBlockItem {
  /** Identity of its cell. */
  readonly cell: string;
  readonly state: CellState;
  /** Its number; null: it has none yet. */
  readonly number: number | null;
  /** Its name, if somebody gave it one. */
  readonly name: string;
  /** The first line that runs. */
  readonly command: string;
  /** All of it, for the search. */
  readonly source: string;
  readonly started: Date | null;
  readonly seconds: number | null;
  /** Whether processes of it are still there after it has ended. */
  readonly hasProcesses: boolean;
  /** Whether somebody has pinned it. */
  readonly isPinned: boolean;
  readonly record: IRecord | null;
}

/** How many blocks there are, by what became of them. */
export interface ICounts {
  readonly all: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly background: number;
}

const SUCCEEDED: ReadonlySet<CellState> = new Set(['success', 'stale']);

/**
 * Return the blocks of these cells, in their order; cells without one are left out.
 *
 * *session* is the kernel's: what a block of another one started has ended with that.
 */
export function toBlockItems(cells: readonly ICellInfo[], session: string): IBlockItem[] {
  return cells.filter(cell => cell.state !== 'none').map(cell => toBlockItem(cell, session));
}

function toBlockItem(info: ICellInfo, session: string): IBlockItem {
  const { cell, source, state, record, isPinned } = info;
  return {
    cell,
    state,
    number: record?.number ?? null,
    name: record?.name ?? '',
    command: firstCommand(source),
    source,
    started: record?.started ?? null,
    seconds: record?.durationSeconds ?? null,
    hasProcesses: hasProcesses(state, record, session),
    isPinned,
    record
  };
}

/** Whether a block has ended, and something that it started has not. */
function hasProcesses(state: CellState, record: IRecord | null, session: string): boolean {
  if (record === null || session === '' || isActive(state)) {
    return false;
  }
  const isOfSession = record.session === null || record.session === session;
  return isOfSession && (state === 'background' || record.hasWriters);
}

/** The first line of code that is neither an option nor a comment; else the first there is. */
export function firstCommand(source: string): string {
  const lines = source.split('\n').map(line => line.trim());
  return lines.find(line => line !== '' && !line.startsWith('#')) ?? lines.find(Boolean) ?? '';
}

/** Count blocks. */
export function countBlocks(items: readonly IBlockItem[]): ICounts {
  const count = (is: (item: IBlockItem) => boolean): number => items.filter(is).length;
  return {
    all: items.length,
    succeeded: count(item => SUCCEEDED.has(item.state)),
    failed: count(item => isUnsuccessful(item.state)),
    background: count(item => item.hasProcesses)
  };
}

/** Return the blocks that something can be ended of: they run, or their processes do. */
export function unfinishedBlocks(items: readonly IBlockItem[]): IBlockItem[] {
  return items.filter(
    item => item.state === 'running' || item.state === 'waiting' || item.hasProcesses
  );
}

/** How long a block ran, or has been running at *now*; '' if that is not known. */
export function describeDuration(item: IBlockItem, now: Date): string {
  const isOver = item.seconds !== null || (item.state === 'background' && !item.hasProcesses);
  const isRunning = ['running', 'waiting', 'background'].includes(item.state) && !isOver;
  if (isRunning && item.started !== null) {
    return formatElapsed((now.getTime() - item.started.getTime()) / 1000);
  }
  return item.seconds === null || isRunning ? '' : formatDuration(item.seconds);
}
