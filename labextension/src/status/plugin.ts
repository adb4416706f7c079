/** Plugin: the shell of the notebook in front, in the status bar. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { statusLine } from './model';
import { Front } from '../core/notebook/currentnotebook';
import { Hearing } from '../core/notebook/currentkernel';
import { DOMAIN } from '../header/renderer';
import { IBlocks, SHOW_PANEL } from '../core/tokens';
import { showStatus, statusButton } from './view';

const RANK = 20;

export const status: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:status',
  description: 'Tells in the status bar what the shell of a notebook does.',
  autoStart: true,
  requires: [INotebookTracker, IBlocks, IStatusBar],
  optional: [ITranslator],
  activate: (
    app,
    tracker: INotebookTracker,
    known: IBlocks,
    bar: IStatusBar,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const front = new Front(tracker, known);
    const button = statusButton(() => {
      if (app.commands.hasCommand(SHOW_PANEL)) {
        void app.commands.execute(SHOW_PANEL);
      }
    });
    const item = new Widget();
    item.addClass('et-StatusItem');
    item.node.append(button);
    let isShown = false;
    const activeStateChanged = new Signal<Widget, void>(item);
    const show = (): void => {
      const { outline } = front;
      if (outline !== null) {
        const { items, session, hasKernel, blocks } = outline;
        showStatus(button, statusLine(items, session, hasKernel, blocks.kernel.place), trans);
      }
      if (isShown !== (outline !== null)) {
        isShown = outline !== null;
        activeStateChanged.emit();
      }
    };
    front.changed.connect(show);
    new Hearing(front, show, said => {
      if (said.event === 'place') {
        show();
      }
    });
    bar.registerStatusItem('effecttalk:status', {
      item,
      align: 'left',
      rank: RANK,
      priority: 1,
      isActive: () => isShown,
      activeStateChanged
    });
  }
};
