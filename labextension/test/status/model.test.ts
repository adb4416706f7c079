import { describe, expect, it } from 'vitest';

import { toBlockItems, type ICellInfo } from '../../src/core/blockitem';
import type { CellState } from '../../src/core/cellstate';
import type { IRecord } from '../../src/core/record';
import { createStatusLine, statusParts } from '../../src/status/model';
import { ENGLISH } from '../english';
import { record, running } from '../records';

const SESSION = '3f9a2c41b07e';

function cell(state: CellState, found: IRecord | null = null, source = 'make'): ICellInfo {
  return {
    cell: `${state}-${found?.number ?? 0}-${source}`,
    source,
    state,
    record: found,
    isPinned: false
  };
}

describe('the status line', () => {
  const texts = (cells: ICellInfo[], session = SESSION, hasKernel = true): string[] =>
    statusParts(createStatusLine(toBlockItems(cells, session), session, hasKernel), ENGLISH).map(
      part => `${part.kind} ${part.text}`
    );

  it('shows the state of the shell, its directory and the outcomes of blocks', () => {
    const moved = record({ number: 8, cwd: { before: '/tmp', after: '/home/ann/site' } });
    const failed = record({ number: 5, status: 'failed' });
    expect(texts([cell('success', moved), cell('failed', failed)])).toEqual([
      'shell Idle',
      'cwd ~/site',
      'succeeded 1',
      'failed 1'
    ]);
    expect(texts([cell('running', running({ number: 9 }))])[0]).toBe('shell Running block 9');
  });

  it('shows a question first', () => {
    const cells = [cell('running', running({ number: 8 })), cell('waiting', running())];
    expect(texts(cells)[0]).toBe('shell Block 3 waits for input');
  });

  it('shows no directory if nothing has run', () => {
    expect(texts([cell('success', record())], 'another')).toEqual(['shell Idle', 'succeeded 1']);
    expect(texts([], '', false)).toEqual(['shell No shell']);
  });
});
