/** Actions that save, open or fold the output of a block. */
import { MainAreaWidget } from '@jupyterlab/apputils';
import { CodeCell } from '@jupyterlab/cells';
import { Widget } from '@lumino/widgets';

import { download } from '../core/components/download';
import type { IActiveCell } from '../core/notebook/activecell';
import {
  MAX_PAGE_BYTES,
  describeMissing,
  hasOutput,
  isTruncated,
  printedStreams,
  readFullOutput,
  shownText,
  storedBlockId
} from '../core/notebook/fulloutput';
import { plainText, type StreamName } from '../core/outputtext';
import type { IAction, IActionTools } from './action';
import { shouldFold } from './model';
import { createOutputPage, type ISection } from './outputpage';

/** Return the output actions. */
export function outputActions(tools: IActionTools): IAction[] {
  const { trans } = tools;
  return [
    {
      name: 'save-output',
      label: trans.__('Save Output to a File'),
      isEnabled: active => hasOutput(active.status),
      run: active => saveOutput(active, tools)
    },
    {
      name: 'open-output',
      label: trans.__('Open Full Output in a New Tab'),
      isEnabled: active => hasOutput(active.status),
      run: active => openOutput(active, tools)
    },
    {
      name: 'fold-output',
      label: ({ cell }) =>
        cell?.outputHidden === true ? trans.__('Unfold Output') : trans.__('Fold Output'),
      isEnabled: ({ cell }) => (cell?.model.outputs.length ?? 0) > 0,
      run: ({ cell }) => {
        if (cell !== null) {
          cell.outputHidden = !cell.outputHidden;
        }
      }
    },
    {
      name: 'fold-by-rule',
      label: trans.__('Fold Long Successes and Open Failures'),
      isEnabled: () => true,
      run: ({ notebook, blocks }) => {
        for (const cell of notebook.widgets) {
          const { state, record } = blocks.status(cell.model.id);
          const isFolded = shouldFold(state, record, tools.maxLines());
          if (isFolded !== null && cell instanceof CodeCell) {
            cell.outputHidden = isFolded;
          }
        }
      }
    }
  ];
}

async function saveOutput(active: IActiveCell, { server }: IActionTools): Promise<void> {
  const { record } = active.status;
  const name = fileName(active);
  if (record === null || !isTruncated(record)) {
    download(`${name}.txt`, new Blob([shownText(active.cell)], { type: 'text/plain' }));
    return;
  }
  // The store does not record how the two streams were interleaved, so each gets its own file.
  for (const stream of printedStreams(record)) {
    const { bytes } = await readFullOutput(
      server,
      storedBlockId(active.status.record, active.blocks),
      stream
    );
    download(`${name}.${stream}.txt`, bytes);
  }
}

async function openOutput(active: IActiveCell, tools: IActionTools): Promise<void> {
  const { record } = active.status;
  const sections =
    record !== null && isTruncated(record)
      ? await Promise.all(
          printedStreams(record).map(stream => createSection(active, stream, tools))
        )
      : [{ title: '', note: '', text: plainText(shownText(active.cell)) }];
  const title = tools.trans.__('Output of Block %1', record?.number ?? 0);
  const content = new Widget({ node: createOutputPage(sections) });
  const widget = new MainAreaWidget({ content });
  // JupyterLab gives all widgets of this kind the same accessible name.
  content.node.setAttribute('aria-label', title);
  widget.title.label = title;
  widget.title.caption = active.panel.context.path;
  tools.show(widget);
  content.node.focus();
}

async function createSection(
  active: IActiveCell,
  stream: StreamName,
  { server, trans }: IActionTools
): Promise<ISection> {
  const whole = await readFullOutput(
    server,
    storedBlockId(active.status.record, active.blocks),
    stream,
    MAX_PAGE_BYTES
  );
  return {
    title: stream === 'stdout' ? trans.__('Standard output') : trans.__('Standard error'),
    note: describeMissing(whole, trans),
    text: plainText(await whole.bytes.text())
  };
}

function fileName({ panel, status: { record } }: IActiveCell): string {
  const file = panel.context.path.split('/').at(-1) ?? '';
  return `${file.replace(/\.ipynb$/, '')}-block-${record?.number ?? 0}`;
}
