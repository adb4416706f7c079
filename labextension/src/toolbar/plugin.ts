/** Plugin: buttons for the block of the active cell, in JupyterLab's toolbar of that cell. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { copyIcon, LabIcon, runIcon, stopIcon } from '@jupyterlab/ui-components';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';

import type { INotebookBlocks } from '../core/tokens';
import { CellButtons, type ICellButton } from './buttons';
import { PanelExtensions } from '../core/notebook/extensions';
import { IBlockTracker } from '../core/tokens';
import { FOLD_ICON, PIN_ICON } from './icons';

export const toolbar: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:toolbar',
  description: 'Has buttons for the block of the active cell in the toolbar of that cell.',
  autoStart: true,
  requires: [INotebookTracker, IBlockTracker, IToolbarWidgetRegistry],
  activate: (
    app,
    tracker: INotebookTracker,
    known: IBlockTracker,
    registry: IToolbarWidgetRegistry
  ) => {
    const buttons = createButtons();
    const made = new CellButtons(tracker, known, app.commands);
    for (const button of buttons) {
      // The schema names the items, so that users can move them and switch them off.
      registry.addFactory<Cell>('Cell', button.name, cell => made.create(button, cell));
    }
    updateButtons(app, tracker, known, buttons);
  }
};

function createButtons(): ICellButton[] {
  const button = (name: string, icon: LabIcon): ICellButton => ({
    name: `effecttalk-${name}`,
    command: `effecttalk:${name}`,
    icon
  });
  return [
    button('copy-output', copyIcon),
    button('rerun', runIcon),
    button('interrupt', stopIcon),
    button('fold-output', new LabIcon({ name: 'effecttalk:fold', svgstr: FOLD_ICON })),
    button('pin', new LabIcon({ name: 'effecttalk:pin', svgstr: PIN_ICON }))
  ];
}

/** Have the buttons look as the blocks of active cells are. */
function updateButtons(
  { commands }: JupyterFrontEnd,
  tracker: INotebookTracker,
  known: IBlockTracker,
  buttons: readonly ICellButton[]
): void {
  const notify = (): void => {
    for (const { command } of buttons) {
      commands.notifyCommandChanged(command);
    }
  };
  // That an output is folded is no change of its block.
  commands.commandExecuted.connect((_, { id }) => {
    if (buttons.some(({ command }) => command === id)) {
      notify();
    }
  });
  new PanelExtensions(tracker, known, (panel, blocks) => watchActiveCell(panel, blocks, notify));
}

/** Call *notify* when the block of the active cell may be another, until it is disposed. */
function watchActiveCell(
  panel: NotebookPanel,
  blocks: INotebookBlocks,
  notify: () => void
): IDisposable {
  const look = (_: unknown, changed: ReadonlySet<string>): void => {
    const active = panel.isDisposed ? null : panel.content.activeCell;
    if (active !== null && changed.has(active.model.id)) {
      notify();
    }
  };
  blocks.changed.connect(look);
  notify();
  return new DisposableDelegate(() => {
    blocks.changed.disconnect(look);
    notify();
  });
}
