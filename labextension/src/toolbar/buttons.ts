/** The buttons for blocks in JupyterLab's cell toolbar. */
import { CodeCell, type Cell } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import {
  CommandToolbarButton,
  Toolbar,
  type CommandToolbarButtonComponent,
  type LabIcon
} from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Signal, type ISignal } from '@lumino/signaling';
import { Widget, type PanelLayout } from '@lumino/widgets';

import type { IBlockTracker } from '../core/tokens';
import { OverlapWatcher } from './overlap';

const CLASS = 'et-CellButton';

/** A button: its name in the toolbar and the command that it runs. */
export interface ICellButton {
  readonly name: string;
  readonly command: string;
  readonly icon: LabIcon;
}

/** Creates the buttons for each toolbar; hidden ones in notebooks with other kernels. */
export class CellButtons {
  /**
   * Follow the notebooks of *tracker*; *blockTracker* tells which ones have an EffectTalk kernel.
   */
  constructor(
    tracker: INotebookTracker,
    blockTracker: IBlockTracker,
    private readonly _commands: CommandToolbarButtonComponent.IProps['commands']
  ) {
    this._tracker = tracker;
    this._blockTracker = blockTracker;
    blockTracker.changed.connect((_, panel) => {
      if (blockTracker.get(panel) !== null) {
        this._replacePlaceholders(panel);
      }
    });
  }

  /** Return a new widget for the toolbar of *cell*. */
  create(button: ICellButton, cell: Cell): Widget {
    // JupyterLab creates a new toolbar each time that another cell becomes active.
    const panel = this._tracker.find(one => one.content.activeCell === cell);
    if (panel !== undefined && cell instanceof CodeCell && this._blockTracker.get(panel) !== null) {
      return this._createButton(button, cell, panel);
    }
    const widget = new Widget();
    widget.hide();
    if (panel !== undefined && cell instanceof CodeCell) {
      this._addPlaceholder(panel, { widget, button, cell });
    }
    return widget;
  }

  private _createButton(
    { command, icon }: ICellButton,
    cell: CodeCell,
    panel: NotebookPanel
  ): Widget {
    const button = new AttachedButton({
      commands: this._commands,
      id: command,
      args: { notebook: panel.id },
      icon,
      label: ''
    });
    button.addClass(CLASS);
    button.attached.connect(() => {
      if (button.parent !== null) {
        this._overlapWatcher.watch(button.parent, cell, panel);
      }
    });
    return button;
  }

  /**
   * Remember a placeholder, to be replaced when the notebook turns out to have an EffectTalk
   * kernel.
   */
  private _addPlaceholder(panel: NotebookPanel, index: IPlaceholder): void {
    const places = this._placeholders.get(panel) ?? new Set();
    this._placeholders.set(panel, places.add(index));
    index.widget.disposed.connect(() => {
      places.delete(index);
    });
  }

  /** Replace the placeholders in a notebook by buttons. */
  private _replacePlaceholders(panel: NotebookPanel): void {
    for (const { widget, button, cell } of [...(this._placeholders.get(panel) ?? [])]) {
      const toolbar = widget.parent;
      if (toolbar instanceof Toolbar) {
        const at = (toolbar.layout as PanelLayout).widgets.indexOf(widget);
        widget.dispose();
        toolbar.insertItem(at, button.name, this._createButton(button, cell, panel));
      }
    }
  }

  private readonly _overlapWatcher = new OverlapWatcher();
  private readonly _tracker: INotebookTracker;
  private readonly _blockTracker: IBlockTracker;
  private readonly _placeholders = new WeakMap<NotebookPanel, Set<IPlaceholder>>();
}

interface IPlaceholder {
  readonly widget: Widget;
  readonly button: ICellButton;
  readonly cell: CodeCell;
}

/** A button that emits a signal when it is attached: toolbars are created before their cells. */
class AttachedButton extends CommandToolbarButton {
  get attached(): ISignal<this, void> {
    return this._attached;
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._attached.emit();
  }

  private readonly _attached = new Signal<this, void>(this);
}
