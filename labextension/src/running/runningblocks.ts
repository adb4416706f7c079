/** The running blocks of all open notebooks, for JupyterLab's panel of running sessions. */
import { Notification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IRunningSessions } from '@jupyterlab/running';
import { LabIcon, stopIcon } from '@jupyterlab/ui-components';
import { Signal, type ISignal } from '@lumino/signaling';

import {
  describeDuration,
  toBlockItems,
  unfinishedBlocks,
  type IBlockItem
} from '../core/blockitem';
import { isRunning } from '../core/cellstate';
import { PANEL_ICON } from '../core/components/panelicon';
import { errorMessage } from '../core/errors';
import { endBlock } from '../core/notebook/endblock';
import type { INotebookBlocks } from '../core/tokens';
import { describeCell } from '../core/outcome';
import type { ITranslationBundle } from '../core/translation';

// JupyterLab leaks memory each time that it shows an item, so do not update every second.
const TICK_MILLISECONDS = 5000;

/** A running block, and one panel of its notebook. */
interface IRunningBlock {
  readonly panel: NotebookPanel;
  readonly blocks: INotebookBlocks;
  readonly item: IBlockItem;
}

/** Manages a section of JupyterLab's panel. */
export class RunningBlocks implements IRunningSessions.IManager {
  /** *onOpen* is called with the cell that the user wants to see. */
  constructor(trans: ITranslationBundle, onOpen: (panel: NotebookPanel, cell: string) => void) {
    this._trans = trans;
    this._onOpen = onOpen;
    this._icon = new LabIcon({ name: 'effecttalk:panel', svgstr: PANEL_ICON });
    this.name = trans.__('EffectTalk Blocks');
    this.shutdownLabel = trans.__('Stop block');
    this.shutdownAllLabel = trans.__('Stop All');
    this.shutdownAllConfirmationText = trans.__(
      'Running blocks will be interrupted, and background processes of finished blocks will be terminated.'
    );
  }

  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;
  readonly shutdownItemIcon = stopIcon;
  readonly supportsMultipleViews = false;

  /** Emitted when other blocks are running, or their durations have changed. */
  get runningChanged(): ISignal<this, void> {
    return this._changed;
  }

  /** Follow the blocks of a notebook in *panel*; null to stop following them. */
  follow(panel: NotebookPanel, blocks: INotebookBlocks | null): void {
    const before = this._panels.get(panel) ?? null;
    if (before === blocks) {
      return;
    }
    this._panels.delete(panel);
    panel.model?.cells.changed.disconnect(this._update, this);
    if (blocks !== null) {
      this._panels.set(panel, blocks);
      blocks.changed.connect(this._update, this);
      panel.model?.cells.changed.connect(this._update, this);
    }
    this._update();
  }

  /** Return the running blocks. */
  running(): IRunningSessions.IRunningItem[] {
    return this._blocks.map(block => this._createItem(block));
  }

  refreshRunning(): void {
    this._update();
    this._changed.emit();
  }

  /** Stop all blocks. */
  shutdownAll(): void {
    for (const block of this._blocks) {
      void notifyOnError(endBlock(block, block.item));
    }
  }

  private _createItem(block: IRunningBlock): IRunningSessions.IRunningItem {
    const { panel, item } = block;
    const { path } = panel.context;
    const command = item.command || this._trans.__('Block %1', item.number ?? 0);
    const description = describeCell(item.state, item.record, this._trans);
    return {
      className: 'et-RunningBlock',
      icon: () => this._icon,
      label: () => command,
      labelTitle: () => `${item.source.trim()}\n\n${path}\n${description}`,
      detail: () => [describeDuration(item, new Date()), fileName(path)].filter(Boolean).join(', '),
      open: () => {
        this._onOpen(panel, item.cell);
      },
      shutdown: () => void notifyOnError(endBlock(block, item))
    };
  }

  /** Find the running blocks, and emit if they have changed. */
  private _update(): void {
    this._blocks = [...this._onePanelPerNotebook()].flatMap(([blocks, panel]) =>
      findUnfinished(panel, blocks)
    );
    const shown = this._blocks.map(({ item, panel }) =>
      [panel.id, item.cell, item.number, item.state].join()
    );
    this._setTimer(shown.length > 0);
    if (shown.join('\n') !== this._shown) {
      this._shown = shown.join('\n');
      this._changed.emit();
    }
  }

  /** Return one panel for each notebook. */
  private _onePanelPerNotebook(): Map<INotebookBlocks, NotebookPanel> {
    const panels = new Map<INotebookBlocks, NotebookPanel>();
    for (const [panel, blocks] of this._panels) {
      if (!panel.isDisposed && (panel.isVisible || !panels.has(blocks))) {
        panels.set(blocks, panel);
      }
    }
    return panels;
  }

  private _setTimer(isNeeded: boolean): void {
    if (isNeeded) {
      this._timer ??= window.setInterval(() => {
        this._changed.emit();
      }, TICK_MILLISECONDS);
    } else if (this._timer !== null) {
      window.clearInterval(this._timer);
      this._timer = null;
    }
  }

  private readonly _trans: ITranslationBundle;
  private readonly _onOpen: (panel: NotebookPanel, cell: string) => void;
  private readonly _icon: LabIcon;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _panels = new Map<NotebookPanel, INotebookBlocks>();
  private _blocks: readonly IRunningBlock[] = [];
  private _shown = '';
  private _timer: number | null = null;
}

/** Return the running blocks of a notebook in the order of its cells. */
function findUnfinished(panel: NotebookPanel, blocks: INotebookBlocks): IRunningBlock[] {
  const cells = panel.content.widgets.flatMap(({ model }) => {
    const status = blocks.status(model.id);
    const { state, record } = status;
    // Do not even read the source of the other cells, of which there may be many.
    return isRunning(state) || state === 'background' || record?.hasWriters === true
      ? [{ cell: model.id, source: model.sharedModel.getSource(), ...status }]
      : [];
  });
  return unfinishedBlocks(toBlockItems(cells, blocks.session)).map(item => ({
    panel,
    blocks,
    item
  }));
}

async function notifyOnError(doing: Promise<void>): Promise<void> {
  try {
    await doing;
  } catch (error) {
    Notification.error(errorMessage(error));
  }
}

function fileName(path: string): string {
  return path.split('/').at(-1) ?? path;
}
