/** The shell of the current notebook, as the status bar shows it. */
import { countBlocks, type IBlockItem, type ICounts } from '../core/blockitem';
import type { ILocation } from '../core/kernel/environment';
import type { IRecord } from '../core/record';
import type { ITranslationBundle } from '../core/translation';
import { formatPath } from '../core/format';

/** What the shell is doing; `none` if there is no kernel. */
export type ShellState = 'none' | 'idle' | 'running' | 'waiting';

/** The content of the status bar item. */
export interface IStatusLine {
  readonly shell: ShellState;
  /** The number of the block that is running or waiting; null if there is none. */
  readonly number: number | null;
  /** The shell's working directory; '' if it is not known. */
  readonly cwd: string;
  /** Branch of the git repository that it is in; '' if it is in none, or if that is not known. */
  readonly branch: string;
  readonly counts: ICounts;
}

/**
 * Return the status line; *session* is the kernel's, '' if the kernel has not sent it.
 *
 * *location*, which the kernel has sent, may be older than the newest record.
 */
export function createStatusLine(
  items: readonly IBlockItem[],
  session: string,
  hasKernel: boolean,
  location: ILocation | null = null
): IStatusLine {
  const active =
    items.find(item => item.state === 'waiting') ?? items.find(item => item.state === 'running');
  const newest = newestRecord(items, session);
  const cwd = newest === null ? (location?.cwd ?? '') : (newest.cwdAfter ?? newest.cwdBefore);
  const isActive = active?.state === 'waiting' || active?.state === 'running';
  return {
    shell: !hasKernel ? 'none' : isActive ? active.state : 'idle',
    number: active?.number ?? null,
    cwd,
    branch: location?.cwd === cwd ? location.branch : '',
    counts: countBlocks(items)
  };
}

/** Return the record of the session's last block; a record without a session may belong to any. */
function newestRecord(items: readonly IBlockItem[], session: string): IRecord | null {
  let newest: IRecord | null = null;
  for (const { record } of items) {
    const isItsOwn = record !== null && [session, null].includes(record.session);
    if (isItsOwn && record.number > (newest?.number ?? -1)) {
      newest = record;
    }
  }
  return session === '' ? null : newest;
}

/** A part of the line. */
export interface IStatusPart {
  readonly kind: 'shell' | 'cwd' | 'branch' | 'succeeded' | 'failed' | 'background';
  readonly text: string;
  /** The same with an explanation, for screen readers. */
  readonly description: string;
}

/** Return the parts of the line that are shown, in order. */
export function statusParts(line: IStatusLine, trans: ITranslationBundle): IStatusPart[] {
  const { succeeded, failed, background } = line.counts;
  const shell = describeShell(line, trans);
  const parts: (IStatusPart | null)[] = [
    { kind: 'shell', text: shell, description: shell },
    line.cwd === ''
      ? null
      : {
          kind: 'cwd',
          text: formatPath(line.cwd),
          description: trans.__('directory %1', line.cwd)
        },
    line.branch === ''
      ? null
      : { kind: 'branch', text: line.branch, description: trans.__('branch %1', line.branch) },
    countPart('succeeded', succeeded, trans.__('%1 succeeded', succeeded)),
    countPart('failed', failed, trans.__('%1 failed', failed)),
    countPart('background', background, trans.__('%1 in the background', background))
  ];
  return parts.filter(part => part !== null);
}

function countPart(
  kind: IStatusPart['kind'],
  count: number,
  description: string
): IStatusPart | null {
  return count === 0 ? null : { kind, text: String(count), description };
}

function describeShell({ shell, number }: IStatusLine, trans: ITranslationBundle): string {
  switch (shell) {
    case 'none':
      return trans.__('No shell');
    case 'idle':
      return trans.__('Idle');
    case 'running':
      return number === null ? trans.__('Running') : trans.__('Running block %1', number);
    case 'waiting':
      return number === null
        ? trans.__('Waiting for input')
        : trans.__('Block %1 waits for input', number);
  }
}
