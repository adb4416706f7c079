/** Outcomes of blocks and states of cells, in words. */
import type { IRecord } from './record';
import type { CellState } from './cellstate';
import type { ITranslationBundle } from './translation';

/** Describe how a block ended, or that it is running: "failed: exit status 2". */
export function describeOutcome(record: IRecord, trans: ITranslationBundle): string {
  switch (record.status) {
    case 'running':
      return trans.__('running');
    case 'success':
      return record.exitStatus
        ? trans.__('success: exit status %1', record.exitStatus)
        : trans.__('success');
    case 'background':
      return trans.__('in the background');
    case 'failed':
      return describeFailure(record, trans);
    case 'interrupted':
      return record.signalsSent.length > 0
        ? trans.__('interrupted: %1', record.signalsSent.join(', '))
        : trans.__('interrupted');
    case 'timed_out':
      return record.problem ?? trans.__('timed out');
    case 'shell_lost':
      return trans.__('failed: the shell was killed');
    case 'refused':
      return trans.__('refused');
  }
}

function describeFailure(record: IRecord, trans: ITranslationBundle): string {
  if (record.signal !== null) {
    return trans.__('failed: %1', record.signal);
  }
  return record.exitStatus
    ? trans.__('failed: exit status %1', record.exitStatus)
    : trans.__('failed');
}

/** Describe the state of a cell. */
export function describeCell(
  state: CellState,
  record: IRecord | null,
  trans: ITranslationBundle
): string {
  switch (state) {
    case 'none':
      return '';
    case 'queued':
      return trans.__('queued');
    case 'running':
      return trans.__('running');
    case 'waiting':
      return trans.__('waiting for input');
    case 'stale':
      return trans.__('success, but a cell above has run since');
    case 'unfinished':
      return trans.__('outcome unknown');
    default:
      return record === null ? '' : describeOutcome(record, trans);
  }
}

/** Return the exit status of a failed block, for a badge; '' if it has none. */
export function exitStatusLabel(state: CellState, record: IRecord | null): string {
  return state === 'failed' && record?.exitStatus ? String(record.exitStatus) : '';
}
