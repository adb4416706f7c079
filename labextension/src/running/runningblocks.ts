/** Running blocks: what runs in all open notebooks that are ours, for JupyterLab's list of that. */
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

// JupyterLab keeps something of every time that it shows an item: not every second, then.
const TICK_MILLISECONDS = 5000;

/** A block that runs, or whose processes do, and one view of its notebook. */
interface IRunningBlock {
  readonly panel: NotebookPanel;
  readonly blocks: INotebookBlocks;
  readonly item: IBlockItem;
}

/** The manager of a section of JupyterLab's panel. */
export class RunningBlocks implements IRunningSessions.IManager {
  /** *onOpen* is called with the cell that somebody wants to see. */
  constructor(trans: ITranslationBundle, onOpen: (panel: NotebookPanel, cell: string) => void) {
    this._trans = trans;
    this._onOpen = onOpen;
    this._icon = new LabIcon({ name: 'effecttalk:panel', svgstr: PANEL_ICON });
    this.name = trans.__('EffectTalk Blocks');
    this.shutdownLabel = trans.__('End what it runs');
    this.shutdownAllLabel = trans.__('End All');
    this.shutdownAllConfirmationText = trans.__(
      'Blocks that run are interrupted, and the processes of the others are ended.'
    );
  }

  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;
  readonly shutdownItemIcon = stopIcon;
  readonly supportsMultipleViews = false;

  /** Emitted when others run, or for a longer time. */
  get runningChanged(): ISignal<this, void> {
    return this._changed;
  }

  /** Follow the blocks of a view of a notebook; null: there are none any more. */
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

  /** List what runs. */
  running(): IRunningSessions.IRunningItem[] {
    return this._blocks.map(found => this._createItem(found));
  }

  refreshRunning(): void {
    this._update();
    this._changed.emit();
  }

  /** End all that runs. */
  shutdownAll(): void {
    for (const found of this._blocks) {
      void notifyOnError(endBlock(found, found.item));
    }
  }

  private _createItem(found: IRunningBlock): IRunningSessions.IRunningItem {
    const { panel, item } = found;
    const { path } = panel.context;
    const command = item.command || this._trans.__('Block %1', item.number ?? 0);
    const words = describeCell(item.state, item.record, this._trans);
    return {
      className: 'et-RunningBlock',
      icon: () => this._icon,
      label: () => command,
      labelTitle: () => `${item.source.trim()}\n\n${path}\n${words}`,
      detail: () => [describeDuration(item, new Date()), fileName(path)].filter(Boolean).join(', '),
      open: () => {
        this._onOpen(panel, item.cell);
      },
      shutdown: () => void notifyOnError(endBlock(found, item))
    };
  }

  /** Look again at what runs, and tell if that is not the same as before. */
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

  /** One view of each notebook. */
  private _onePanelPerNotebook(): Map<INotebookBlocks, NotebookPanel> {
    const views = new Map<INotebookBlocks, NotebookPanel>();
    for (const [panel, blocks] of this._panels) {
      if (!panel.isDisposed && (panel.isVisible || !views.has(blocks))) {
        views.set(blocks, panel);
      }
    }
    return views;
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

/** Return what runs in a notebook, in the order of its cells. */
function findUnfinished(panel: NotebookPanel, blocks: INotebookBlocks): IRunningBlock[] {
  const cells = panel.content.widgets.flatMap(({ model }) => {
    const view = blocks.status(model.id);
    const { state, record } = view;
    // Of the many others not even the source is read.
    return isRunning(state) || state === 'background' || record?.hasWriters === true
      ? [{ cell: model.id, source: model.sharedModel.getSource(), ...view }]
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
