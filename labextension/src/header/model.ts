/** Header: what stands above the output of a block, in the order in which it is read. */
import { cellWords } from '../core/outcome';
import type { IRecord, IStreamFacts } from '../core/record';
import { stateOf, type CellState } from '../core/cellstate';
import type { ITranslate } from '../core/translation';
import { amount, duration, fullMoment, goingDuration, moment, place, size } from '../core/format';

/** How much a header or one of its items asks for attention. */
export type Tone = 'quiet' | 'busy' | 'warning' | 'loud';

/** One fact of a header; *details* are for who wants to know more. */
export interface IHeaderItem {
  readonly kind: string;
  readonly text: string;
  readonly details: string;
  readonly isNotable: boolean;
  readonly moment: Date | null;
}

/** A block's header. */
export interface IHeader {
  readonly state: CellState;
  readonly tone: Tone;
  readonly status: string;
  readonly items: readonly IHeaderItem[];
}

/** What a header depends on besides the record. */
export interface ICircumstances {
  /** Whether a block that is recorded as running does run. */
  readonly isAlive: boolean;
  /** Whether it waits for input. */
  readonly isWaiting?: boolean;
  readonly now: Date;
  readonly trans: ITranslate;
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
export function headerOf(record: IRecord, circumstances: ICircumstances): IHeader {
  const { trans } = circumstances;
  const state = stateIn(record, circumstances);
  const status = cellWords(state, record, trans);
  const items = [
    problem(record),
    length(record, circumstances),
    started(record, circumstances),
    cwd(record),
    ...outputs(record, trans),
    ...circumstance(record, trans)
  ];
  return {
    state,
    tone: TONES[state] ?? 'quiet',
    status,
    items: items.filter(item => item !== null)
  };
}

function stateIn(record: IRecord, { isAlive, isWaiting }: ICircumstances): CellState {
  const state = stateOf({ record, isAlive, isScheduled: false, told: null, isStale: false });
  return state === 'running' && isWaiting === true ? 'waiting' : state;
}

function item(kind: string, text: string, more: Partial<IHeaderItem> = {}): IHeaderItem {
  return { kind, text, details: '', isNotable: false, moment: null, ...more };
}

function problem(record: IRecord): IHeaderItem | null {
  // How long a block was allowed to run is what its status says already.
  return record.problem === null || record.status === 'timed_out'
    ? null
    : item('problem', record.problem, { isNotable: true });
}

function length(record: IRecord, { isAlive, now, trans }: ICircumstances): IHeaderItem | null {
  const details = trans.__('How long its own commands ran');
  if (record.durationSeconds !== null) {
    return item('duration', duration(record.durationSeconds), { details });
  }
  if (record.status !== 'running' || record.started === null || !isAlive) {
    return null;
  }
  const seconds = (now.getTime() - record.started.getTime()) / 1000;
  return item('duration', goingDuration(seconds), { details });
}

function started(record: IRecord, { now, trans, locale }: ICircumstances): IHeaderItem | null {
  if (record.started === null) {
    return null;
  }
  return item('started', moment(record.started, now, locale), {
    details: trans.__('Started on %1', fullMoment(record.started, locale)),
    moment: record.started
  });
}

function cwd(record: IRecord): IHeaderItem {
  const { cwdBefore, cwdAfter } = record;
  if (cwdAfter === null || cwdAfter === cwdBefore) {
    return item('cwd', place(cwdBefore), { details: cwdBefore });
  }
  return item('cwd', `${place(cwdBefore)} → ${place(cwdAfter)}`, {
    details: `${cwdBefore} → ${cwdAfter}`
  });
}

function outputs(record: IRecord, trans: ITranslate): (IHeaderItem | null)[] {
  const { stdout, stderr } = record;
  const leftOut = stdout.leftOutBytes + stderr.leftOutBytes;
  // While a block runs, its record is not updated with all that it prints.
  const counts =
    record.status === 'running'
      ? []
      : [
          stream('stdout', stdout, text => text, trans),
          stream('stderr', stderr, text => trans.__('stderr %1', text), trans)
        ];
  return [
    ...counts,
    leftOut > 0
      ? item('left-out', trans.__('%1 not shown', size(leftOut, trans)), {
          details: trans.__('`effecttalk output %1` prints all of it', record.number),
          isNotable: true
        })
      : null,
    record.spillProblem === null ? null : item('spill', record.spillProblem, { isNotable: true })
  ];
}

function stream(
  name: 'stdout' | 'stderr',
  facts: IStreamFacts,
  phrase: (text: string) => string,
  trans: ITranslate
): IHeaderItem | null {
  if (facts.sizeBytes === 0) {
    return null;
  }
  const text = phrase(amount(facts.lines, facts.sizeBytes, trans));
  const details =
    name === 'stdout'
      ? trans.__('Written to standard output')
      : trans.__('Written to standard error');
  return item(name, text, { details });
}

function circumstance(record: IRecord, trans: ITranslate): (IHeaderItem | null)[] {
  return [
    record.hasWriters && record.status !== 'background'
      ? item('writers', trans.__('its processes still write'), { isNotable: true })
      : null,
    attempt(record, trans),
    record.isCached
      ? item('cached', trans.__('from the cache'), {
          details: trans.__(
            'It did not run: this is what block %1 printed',
            record.original ?? '?'
          ),
          isNotable: true
        })
      : null,
    record.name === null ? null : item('name', trans.__('name %1', record.name)),
    redacted(record, trans),
    record.isShellNew
      ? item('shell', trans.__('new shell'), {
          details: trans.__('The shell that ran it has ended')
        })
      : null
  ];
}

function attempt(record: IRecord, trans: ITranslate): IHeaderItem | null {
  if (record.isFallback) {
    return item('attempt', trans.__('fallback'), {
      details: trans.__('It stands in for a block that failed'),
      isNotable: true
    });
  }
  return record.part > 1
    ? item('attempt', trans.__('attempt %1', record.part), { isNotable: true })
    : null;
}

function redacted(record: IRecord, trans: ITranslate): IHeaderItem | null {
  const rules = Object.entries(record.redacted);
  const count = rules.reduce((sum, [, times]) => sum + times, 0);
  if (count === 0) {
    return null;
  }
  const details = rules.map(([rule, times]) => `${rule}: ${times}`).join(', ');
  return item('redacted', trans._n('%1 secret masked', '%1 secrets masked', count), { details });
}
