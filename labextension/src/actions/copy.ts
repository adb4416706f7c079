/** Actions that copy a block, or a part of it, to the clipboard. */
import type { CodeCell } from '@jupyterlab/cells';

import { copyText } from '../core/clipboard';
import { hasOutput, shownText } from '../core/notebook/fulloutput';
import { plainText, STREAMS, type StreamName } from '../core/outputtext';
import type { IAction, IActionTools } from './action';
import { blockMarkdown } from './markdown';

/** Return the copy actions. */
export function copyActions({ trans }: IActionTools): IAction[] {
  const copyStreams = (name: string, label: string, streams: readonly StreamName[]): IAction => ({
    name,
    label,
    isEnabled: active => hasOutput(active.status, streams),
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
    copyStreams('copy-output', trans.__('Copy Output'), STREAMS),
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

function sourceOf(cell: CodeCell | null): string {
  return cell?.model.sharedModel.getSource() ?? '';
}
