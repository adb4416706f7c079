/** Plugin: the shell of the current notebook in the status bar. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { CurrentKernel } from '../core/notebook/currentkernel';
import { CurrentNotebook } from '../core/notebook/currentnotebook';
import { IBlockTracker, SHOW_PANEL } from '../core/tokens';
import { TRANSLATION_DOMAIN } from '../core/translation';
import { createStatusLine } from './model';
import { createStatusButton, updateStatusButton } from './view';

const RANK = 20;

export const status: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:status',
  description: 'Shows in the status bar what the shell of the notebook is doing.',
  autoStart: true,
  requires: [INotebookTracker, IBlockTracker, IStatusBar],
  optional: [ITranslator],
  activate: (
    app,
    tracker: INotebookTracker,
    blockTracker: IBlockTracker,
    bar: IStatusBar,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const currentNotebook = new CurrentNotebook(tracker, blockTracker);
    const button = createStatusButton(() => {
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
      const { blockList } = currentNotebook;
      if (blockList !== null) {
        const { items, session, hasKernel, blocks } = blockList;
        updateStatusButton(
          button,
          createStatusLine(items, session, hasKernel, blocks.kernel.location),
          trans
        );
      }
      if (isShown !== (blockList !== null)) {
        isShown = blockList !== null;
        activeStateChanged.emit();
      }
    };
    currentNotebook.changed.connect(show);
    new CurrentKernel(currentNotebook, show, message => {
      if (message.event === 'place') {
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
