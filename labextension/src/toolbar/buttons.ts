/** Cell buttons: what JupyterLab's toolbar of the active cell has for a block of ours. */
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

import type { IBlocks } from '../core/tokens';
import { CellRoom } from './overlap';

const CLASS = 'et-CellButton';

/** One button: the item of a toolbar with that name runs that command. */
export interface ICellButton {
  readonly name: string;
  readonly command: string;
  readonly icon: LabIcon;
}

/** Makes the buttons for each toolbar; in notebooks of other kernels nothing that is seen. */
export class CellButtons {
  /** Watch the notebooks of *tracker*; *known* says which ones are ours. */
  constructor(
    tracker: INotebookTracker,
    known: IBlocks,
    private readonly _commands: CommandToolbarButtonComponent.IProps['commands']
  ) {
    this._tracker = tracker;
    this._known = known;
    known.changed.connect((_, panel) => {
      if (known.of(panel) !== null) {
        this._fill(panel);
      }
    });
  }

  /** Return a new widget for the toolbar of *cell*. */
  make(button: ICellButton, cell: Cell): Widget {
    // JupyterLab makes a toolbar for the active cell of a notebook, each time anew.
    const panel = this._tracker.find(one => one.content.activeCell === cell);
    if (panel !== undefined && cell instanceof CodeCell && this._known.of(panel) !== null) {
      return this._button(button, cell, panel);
    }
    const empty = new Widget();
    empty.hide();
    if (panel !== undefined && cell instanceof CodeCell) {
      this._keepPlace(panel, { empty, button, cell });
    }
    return empty;
  }

  private _button({ command, icon }: ICellButton, cell: CodeCell, panel: NotebookPanel): Widget {
    const made = new AttachedButton({
      commands: this._commands,
      id: command,
      args: { notebook: panel.id },
      icon,
      label: ''
    });
    made.addClass(CLASS);
    made.attached.connect(() => {
      if (made.parent !== null) {
        this._room.watch(made.parent, cell, panel);
      }
    });
    return made;
  }

  /** Remember where a button is missing: a notebook becomes ours when its kernel is known. */
  private _keepPlace(panel: NotebookPanel, place: IPlace): void {
    const places = this._places.get(panel) ?? new Set();
    this._places.set(panel, places.add(place));
    place.empty.disposed.connect(() => {
      places.delete(place);
    });
  }

  /** Put the buttons where they are missing. */
  private _fill(panel: NotebookPanel): void {
    for (const { empty, button, cell } of [...(this._places.get(panel) ?? [])]) {
      const toolbar = empty.parent;
      if (toolbar instanceof Toolbar) {
        const at = (toolbar.layout as PanelLayout).widgets.indexOf(empty);
        empty.dispose();
        toolbar.insertItem(at, button.name, this._button(button, cell, panel));
      }
    }
  }

  private readonly _room = new CellRoom();
  private readonly _tracker: INotebookTracker;
  private readonly _known: IBlocks;
  private readonly _places = new WeakMap<NotebookPanel, Set<IPlace>>();
}

interface IPlace {
  readonly empty: Widget;
  readonly button: ICellButton;
  readonly cell: CodeCell;
}

/** A button that tells when it is in the page: a toolbar is made before its cell is ready. */
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
