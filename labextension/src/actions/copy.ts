/** Copying: actions that put a block, or a part of it, on the clipboard. */
import { Clipboard } from '@jupyterlab/apputils';
import type { CodeCell } from '@jupyterlab/cells';

import { isRunning } from './model';
import { blockMarkdown, plainText, streamText, type StreamName } from '../core/outputtext';
import type { IAction, IActiveCell, IActionTools } from '../core/notebook/activecell';

const BOTH: readonly StreamName[] = ['stdout', 'stderr'];

/** Return these actions. */
export function copyActions({ trans }: IActionTools): IAction[] {
  const copyStreams = (name: string, label: string, streams: readonly StreamName[]): IAction => ({
    name,
    label,
    isEnabled: active => hasOutput(active, streams),
    run: ({ cell }) => copyText(plainText(shownText(cell, streams)))
  });
  return [
    {
      name: 'copy-command',
      label: trans.__('Copy Command'),
      isEnabled: ({ cell }) => cell !== null,
      run: ({ cell }) => copyText(sourceOf(cell))
    },
    copyStreams('copy-stdout', trans.__('Copy Standard Output'), ['stdout']),
    copyStreams('copy-stderr', trans.__('Copy Standard Error'), ['stderr']),
    copyStreams('copy-output', trans.__('Copy Output'), BOTH),
    {
      name: 'copy-markdown',
      label: trans.__('Copy Block as Markdown'),
      isEnabled: ({ cell }) => cell !== null,
      run: ({ cell, panel, status }) => {
        const language = panel.model?.defaultKernelLanguage ?? '';
        const output = plainText(shownText(cell));
        const quoted = { command: sourceOf(cell), output, language, record: status.record };
        return copyText(blockMarkdown(quoted, trans));
      }
    }
  ];
}

/** Return what a cell shows of what was printed, as it was. */
export function shownText(cell: CodeCell | null, streams: readonly StreamName[] = BOTH): string {
  return streamText(cell?.model.outputs.toJSON() ?? [], streams);
}

/** Whether a block has printed on one of these streams, or still can. */
export function hasOutput(
  { status: { record, state } }: IActiveCell,
  streams: readonly StreamName[] = BOTH
): boolean {
  return record !== null && (isRunning(state) || streams.some(one => record[one].sizeBytes > 0));
}

function sourceOf(cell: CodeCell | null): string {
  return cell?.model.sharedModel.getSource() ?? '';
}

async function copyText(text: string): Promise<void> {
  // A page that came over plain HTTP from another machine has no clipboard of this kind.
  if (window.isSecureContext) {
    await navigator.clipboard.writeText(text);
  } else {
    Clipboard.copyToSystem(text);
  }
}
