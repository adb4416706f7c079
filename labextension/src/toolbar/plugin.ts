/** Plugin: buttons for the block of the active cell in JupyterLab's cell toolbar. */
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
  description: 'Adds buttons for the block of the active cell to the cell toolbar.',
  autoStart: true,
  requires: [INotebookTracker, IBlockTracker, IToolbarWidgetRegistry],
  activate: (
    app,
    tracker: INotebookTracker,
    blockTracker: IBlockTracker,
    registry: IToolbarWidgetRegistry
  ) => {
    const buttons = createButtons();
    const cellButtons = new CellButtons(tracker, blockTracker, app.commands);
    for (const button of buttons) {
      // The schema lists the buttons, so that users can reorder and hide them.
      registry.addFactory<Cell>('Cell', button.name, cell => cellButtons.create(button, cell));
    }
    updateButtons(app, tracker, blockTracker, buttons);
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

/** Update the buttons when the block of an active cell changes. */
function updateButtons(
  { commands }: JupyterFrontEnd,
  tracker: INotebookTracker,
  blockTracker: IBlockTracker,
  buttons: readonly ICellButton[]
): void {
  const notify = (): void => {
    for (const { command } of buttons) {
      commands.notifyCommandChanged(command);
    }
  };
  // Folding an output does not change its block.
  commands.commandExecuted.connect((_, { id }) => {
    if (buttons.some(({ command }) => command === id)) {
      notify();
    }
  });
  new PanelExtensions(tracker, blockTracker, (panel, blocks) =>
    watchActiveCell(panel, blocks, notify)
  );
}

/**
 * Call *notify* when the block of the active cell may have changed, until the result is disposed.
 */
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
