/** Opening: actions that save, open or fold what a block has printed. */
import { MainAreaWidget } from '@jupyterlab/apputils';
import { CodeCell } from '@jupyterlab/cells';
import { Widget } from '@lumino/widgets';

import { shouldFold } from './model';
import type { IRecord } from '../core/record';
import { plain, type StreamName } from '../core/outputtext';
import type { ITranslate } from '../core/translation';
import { size } from '../core/format';
import { download } from '../core/components/download';
import { outputPage, type ISection } from './outputpage';
import { readWhole, type IWhole } from '../core/notebook/fulloutput';
import type { IAction, IActive, ITools } from '../core/notebook/activecell';
import { hasPrinted, printed } from './copy';

const STREAMS: readonly StreamName[] = ['stdout', 'stderr'];
// What a page bears; a file has all.
export const PAGE_BYTES = 20_000_000;

/** Return these actions. */
export function opening(tools: ITools): IAction[] {
  const { trans } = tools;
  return [
    {
      name: 'save-output',
      label: trans.__('Save Output to a File'),
      isEnabled: active => hasPrinted(active),
      run: active => save(active, tools)
    },
    {
      name: 'open-output',
      label: trans.__('Open Full Output in a New Tab'),
      isEnabled: active => hasPrinted(active),
      run: active => open(active, tools)
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
          const { state, record } = blocks.view(cell.model.id);
          const isFolded = shouldFold(state, record, tools.longestLines());
          if (isFolded !== null && cell instanceof CodeCell) {
            cell.outputHidden = isFolded;
          }
        }
      }
    }
  ];
}

async function save(active: IActive, { server }: ITools): Promise<void> {
  const { record } = active.view;
  const name = fileName(active);
  if (record === null || !isLeftOut(record)) {
    download(`${name}.txt`, new Blob([printed(active.cell)], { type: 'text/plain' }));
    return;
  }
  // In which order the two were written is not kept: each has its file.
  for (const stream of printedOn(record)) {
    const { bytes } = await readWhole(server, identity(active), stream);
    download(`${name}.${stream}.txt`, bytes);
  }
}

async function open(active: IActive, tools: ITools): Promise<void> {
  const { record } = active.view;
  const sections =
    record !== null && isLeftOut(record)
      ? await Promise.all(printedOn(record).map(stream => wholeSection(active, stream, tools)))
      : [{ title: '', note: '', text: plain(printed(active.cell)) }];
  const title = tools.trans.__('Output of Block %1', record?.number ?? 0);
  const content = new Widget({ node: outputPage(sections) });
  const widget = new MainAreaWidget({ content });
  // JupyterLab has made it a region with a name that is the same for all.
  content.node.setAttribute('aria-label', title);
  widget.title.label = title;
  widget.title.caption = active.panel.context.path;
  tools.show(widget);
  content.node.focus();
}

async function wholeSection(
  active: IActive,
  stream: StreamName,
  { server, trans }: ITools
): Promise<ISection> {
  const whole = await readWhole(server, identity(active), stream, PAGE_BYTES);
  return {
    title: stream === 'stdout' ? trans.__('Standard output') : trans.__('Standard error'),
    note: noteOn(whole, trans),
    text: plain(await whole.bytes.text())
  };
}

/** Return what of a stream is not on its page. */
export function noteOn({ bytes, total, isAll }: IWhole, trans: ITranslate): string {
  const notes: string[] = [];
  if (bytes.size < total) {
    const sizes = [size(bytes.size, trans), size(total, trans)];
    notes.push(trans.__('The first %1 of %2: save it to a file to have all.', ...sizes));
  }
  if (!isAll) {
    notes.push(trans.__('Not all that was written is kept, or it still writes.'));
  }
  return notes.join(' ');
}

/** Whether a cell does not show all. */
export function isLeftOut(record: IRecord): boolean {
  return STREAMS.some(stream => record[stream].leftOutBytes > 0);
}

/** Return the streams that a block has printed on. */
export function printedOn(record: IRecord): StreamName[] {
  return STREAMS.filter(stream => record[stream].sizeBytes > 0);
}

/** Return the block's name in the store. */
export function identity({ view: { record }, blocks }: Pick<IActive, 'view' | 'blocks'>): string {
  return `${record?.session ?? blocks.kernel.session}-${record?.number ?? 0}`;
}

function fileName({ panel, view: { record } }: IActive): string {
  const file = panel.context.path.split('/').at(-1) ?? '';
  return `${file.replace(/\.ipynb$/, '')}-block-${record?.number ?? 0}`;
}
