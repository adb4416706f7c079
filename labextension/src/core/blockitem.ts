/** An item of a list of blocks. */
import { isActive, isUnsuccessful, type CellState } from './cellstate';
import { formatDuration, formatElapsed } from './format';
import type { IRecord } from './record';

/** A cell with its block, if it has one. */
export interface ICellInfo {
  readonly cell: string;
  readonly source: string;
  readonly state: CellState;
  readonly record: IRecord | null;
  readonly isPinned: boolean;
}

/** A block in the list. */
export interface IBlockItem {
  /** ID of its cell. */
  readonly cell: string;
  readonly state: CellState;
  /** Its number; null until it has one. */
  readonly number: number | null;
  /** Its name, if it was given one. */
  readonly name: string;
  /** The first line that runs. */
  readonly command: string;
  /** The whole source, for searching. */
  readonly source: string;
  readonly started: Date | null;
  readonly seconds: number | null;
  /** Whether some of its processes are still running although it has finished. */
  readonly hasProcesses: boolean;
  /** Whether the user has pinned it. */
  readonly isPinned: boolean;
  readonly record: IRecord | null;
}

/** The number of blocks by outcome. */
export interface ICounts {
  readonly all: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly background: number;
}

const SUCCEEDED: ReadonlySet<CellState> = new Set(['success', 'stale']);

/**
 * Return the blocks of these cells in the same order; cells without one are left out.
 *
 * *session* is the kernel's: processes started in another session have ended with it.
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

/** Whether a block has finished and some of its processes have not. */
function hasProcesses(state: CellState, record: IRecord | null, session: string): boolean {
  if (record === null || session === '' || isActive(state)) {
    return false;
  }
  const isOfSession = record.session === null || record.session === session;
  return isOfSession && (state === 'background' || record.hasWriters);
}

/** Return the first line that is neither an option nor a comment, otherwise the first one. */
export function firstCommand(source: string): string {
  const lines = source.split('\n').map(line => line.trim());
  return lines.find(line => line !== '' && !line.startsWith('#')) ?? lines.find(Boolean) ?? '';
}

/** Count blocks by outcome. */
export function countBlocks(items: readonly IBlockItem[]): ICounts {
  const count = (is: (item: IBlockItem) => boolean): number => items.filter(is).length;
  return {
    all: items.length,
    succeeded: count(item => SUCCEEDED.has(item.state)),
    failed: count(item => isUnsuccessful(item.state)),
    background: count(item => item.hasProcesses)
  };
}

/** Return the blocks that can be stopped: they, or processes that they started, are running. */
export function unfinishedBlocks(items: readonly IBlockItem[]): IBlockItem[] {
  return items.filter(
    item => item.state === 'running' || item.state === 'waiting' || item.hasProcesses
  );
}

/** Return how long a block ran, or has been running at *now*; '' if that is not known. */
export function describeDuration(item: IBlockItem, now: Date): string {
  const isOver = item.seconds !== null || (item.state === 'background' && !item.hasProcesses);
  const isRunning = ['running', 'waiting', 'background'].includes(item.state) && !isOver;
  if (isRunning && item.started !== null) {
    return formatElapsed((now.getTime() - item.started.getTime()) / 1000);
  }
  return item.seconds === null || isRunning ? '' : formatDuration(item.seconds);
}
