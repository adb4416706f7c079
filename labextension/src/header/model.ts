/** The header above the output of a block, in reading order. */
import { describeCell } from '../core/outcome';
import type { IRecord, IStreamFacts } from '../core/record';
import { cellState, type CellState } from '../core/cellstate';
import type { ITranslationBundle } from '../core/translation';
import {
  formatAmount,
  formatDuration,
  formatFullTime,
  formatElapsed,
  formatTime,
  formatPath,
  formatSize
} from '../core/format';

/** How much a header or an item asks for attention. */
export type Tone = 'quiet' | 'busy' | 'warning' | 'loud';

/** An item of a header; *details* are shown as a tooltip. */
export interface IHeaderItem {
  readonly kind: string;
  readonly text: string;
  readonly details: string;
  readonly isNotable: boolean;
  readonly moment: Date | null;
}

/** The header of a block. */
export interface IHeader {
  readonly state: CellState;
  readonly tone: Tone;
  readonly status: string;
  readonly items: readonly IHeaderItem[];
}

/** What a header depends on, besides the record. */
export interface IHeaderContext {
  /** Whether a block that is running according to its record is running now. */
  readonly isLive: boolean;
  /** Whether it waits for input. */
  readonly isWaiting?: boolean;
  readonly now: Date;
  readonly trans: ITranslationBundle;
  readonly locale?: string;
}

const TONES: Readonly<Partial<Record<CellState, Tone>>> = {
  running: 'busy',
  waiting: 'warning',
  background: 'busy',
  failed: 'loud',
  interrupted: 'warning',
  timed_out: 'loud',
  unfinished: 'warning'
};

/** Return the header of the block with this record. */
export function createHeader(record: IRecord, context: IHeaderContext): IHeader {
  const { trans } = context;
  const state = headerState(record, context);
  const status = describeCell(state, record, trans);
  const items = [
    problemItem(record),
    durationItem(record, context),
    startedItem(record, context),
    directoryItem(record),
    ...outputItems(record, trans),
    ...runItems(record, trans)
  ];
  return {
    state,
    tone: TONES[state] ?? 'quiet',
    status,
    items: items.filter(item => item !== null)
  };
}

function headerState(record: IRecord, { isLive, isWaiting }: IHeaderContext): CellState {
  const state = cellState({ record, isLive, isScheduled: false, activity: null, isStale: false });
  return state === 'running' && isWaiting === true ? 'waiting' : state;
}

function createItem(kind: string, text: string, more: Partial<IHeaderItem> = {}): IHeaderItem {
  return { kind, text, details: '', isNotable: false, moment: null, ...more };
}

function problemItem(record: IRecord): IHeaderItem | null {
  // The status contains the time limit already.
  return record.problem === null || record.status === 'timed_out'
    ? null
    : createItem('problem', record.problem, { isNotable: true });
}

function durationItem(record: IRecord, { isLive, now, trans }: IHeaderContext): IHeaderItem | null {
  const details = trans.__('Run time of the commands of the block');
  if (record.durationSeconds !== null) {
    return createItem('duration', formatDuration(record.durationSeconds), { details });
  }
  if (record.status !== 'running' || record.started === null || !isLive) {
    return null;
  }
  const seconds = (now.getTime() - record.started.getTime()) / 1000;
  return createItem('duration', formatElapsed(seconds), { details });
}

function startedItem(record: IRecord, { now, trans, locale }: IHeaderContext): IHeaderItem | null {
  if (record.started === null) {
    return null;
  }
  return createItem('started', formatTime(record.started, now, locale), {
    details: trans.__('Started on %1', formatFullTime(record.started, locale)),
    moment: record.started
  });
}

function directoryItem(record: IRecord): IHeaderItem {
  const { cwdBefore, cwdAfter } = record;
  if (cwdAfter === null || cwdAfter === cwdBefore) {
    return createItem('cwd', formatPath(cwdBefore), { details: cwdBefore });
  }
  return createItem('cwd', `${formatPath(cwdBefore)} → ${formatPath(cwdAfter)}`, {
    details: `${cwdBefore} → ${cwdAfter}`
  });
}

function outputItems(record: IRecord, trans: ITranslationBundle): (IHeaderItem | null)[] {
  const { stdout, stderr } = record;
  const leftOut = stdout.leftOutBytes + stderr.leftOutBytes;
  // The record is not updated with each line that a running block prints.
  const counts =
    record.status === 'running'
      ? []
      : [
          streamItem('stdout', stdout, text => text, trans),
          streamItem('stderr', stderr, text => trans.__('stderr %1', text), trans)
        ];
  return [
    ...counts,
    leftOut > 0
      ? createItem('left-out', trans.__('%1 not shown', formatSize(leftOut, trans)), {
          details: trans.__('Run `effecttalk output %1` to print all of it', record.number),
          isNotable: true
        })
      : null,
    record.spillProblem === null
      ? null
      : createItem('spill', record.spillProblem, { isNotable: true })
  ];
}

function streamItem(
  name: 'stdout' | 'stderr',
  facts: IStreamFacts,
  phrase: (text: string) => string,
  trans: ITranslationBundle
): IHeaderItem | null {
  if (facts.sizeBytes === 0) {
    return null;
  }
  const text = phrase(formatAmount(facts.lines, facts.sizeBytes, trans));
  const details =
    name === 'stdout'
      ? trans.__('Written to standard output')
      : trans.__('Written to standard error');
  return createItem(name, text, { details });
}

function runItems(record: IRecord, trans: ITranslationBundle): (IHeaderItem | null)[] {
  return [
    record.hasWriters && record.status !== 'background'
      ? createItem('writers', trans.__('processes still writing'), { isNotable: true })
      : null,
    attemptItem(record, trans),
    record.isCached
      ? createItem('cached', trans.__('from the cache'), {
          details: trans.__(
            'The block did not run: this is the output of block %1',
            record.original ?? '?'
          ),
          isNotable: true
        })
      : null,
    record.name === null ? null : createItem('name', trans.__('name %1', record.name)),
    redactedItem(record, trans),
    record.isShellNew
      ? createItem('shell', trans.__('new shell'), {
          details: trans.__('The shell that ran this block has ended')
        })
      : null
  ];
}

function attemptItem(record: IRecord, trans: ITranslationBundle): IHeaderItem | null {
  if (record.isFallback) {
    return createItem('attempt', trans.__('fallback'), {
      details: trans.__('Ran in place of a block that failed'),
      isNotable: true
    });
  }
  return record.part > 1
    ? createItem('attempt', trans.__('attempt %1', record.part), { isNotable: true })
    : null;
}

function redactedItem(record: IRecord, trans: ITranslationBundle): IHeaderItem | null {
  const rules = Object.entries(record.redacted);
  const count = rules.reduce((sum, [, times]) => sum + times, 0);
  if (count === 0) {
    return null;
  }
  const details = rules.map(([rule, times]) => `${rule}: ${times}`).join(', ');
  return createItem('redacted', trans._n('%1 secret masked', '%1 secrets masked', count), {
    details
  });
}
