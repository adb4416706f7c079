/** Notifications about the blocks of one notebook, while the page is hidden. */
import { Notification as LabNotification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { CellState } from '../core/cellstate';
import { Disposable } from '../core/disposable';
import type { INotebookBlocks } from '../core/tokens';
import { describeCell } from '../core/outcome';
import type { ICellStatus } from '../core/tokens';
import type { ITranslationBundle } from '../core/translation';
import { notificationFor, type INotificationSettings, type NotificationKind } from './model';

const LONGEST_COMMAND = 60;

/** What a notifier needs. */
export interface INotifierOptions {
  readonly settings: () => INotificationSettings;
  /** Show a notebook in front of the other widgets. */
  readonly activate: (panel: NotebookPanel) => void;
  readonly trans: ITranslationBundle;
}

/** The last known state of a cell. */
interface ICellState {
  readonly state: CellState;
  /** When its block was first seen running; null if it is not running. */
  readonly since: number | null;
}

/** Notifies about one notebook. */
export class Notifier extends Disposable {
  /** Notify about *blocks*, which are those of the notebook in *panel*. */
  constructor(panel: NotebookPanel, blocks: INotebookBlocks, options: INotifierOptions) {
    super();
    this._panel = panel;
    this._blocks = blocks;
    this._options = options;
    blocks.changed.connect(this._update, this);
    panel.content.widgets.forEach(cell => {
      this._track(cell.model.id, blocks.status(cell.model.id));
    });
  }

  private _update(_: INotebookBlocks, changed: ReadonlySet<string>): void {
    changed.forEach(cell => {
      const status = this._blocks.status(cell);
      const before = this._cells.get(cell);
      this._track(cell, status);
      const notice = notificationFor(
        {
          before: before?.state ?? 'none',
          after: status.state,
          seconds: secondsOf(status, before?.since ?? null),
          isHidden: document.hidden
        },
        this._options.settings()
      );
      if (notice !== null) {
        this._notify(cell, status, notice);
      }
    });
  }

  private _track(cell: string, { state }: ICellStatus): void {
    const runs = state === 'running' || state === 'waiting' || state === 'background';
    const since = runs ? (this._cells.get(cell)?.since ?? Date.now()) : null;
    this._cells.set(cell, { state, since });
  }

  private _notify(cell: string, status: ICellStatus, notice: NotificationKind): void {
    const { trans } = this._options;
    const index = this._panel.content.widgets.findIndex(widget => widget.model.id === cell);
    const source = this._panel.content.widgets[index]?.model.sharedModel.getSource() ?? '';
    const description = describeCell(status.state, status.record, trans);
    const title = trans.__('Cell %1: %2', index + 1, description);
    const body = `${this._panel.title.label}\n${firstLine(source)}`;
    const show = (): void => {
      this._showCell(cell);
    };
    const isBad = notice === 'ended' && status.state !== 'success' && status.state !== 'stale';
    const kind = notice === 'waiting' ? 'warning' : isBad ? 'error' : 'success';
    LabNotification.emit(`${title}\n${body}`, kind, {
      autoClose: false,
      actions: [{ label: trans.__('Show'), callback: show }]
    });
    showInBrowser(title, body, cell, show);
  }

  /** Bring the page to the front and scroll to the cell. */
  private _showCell(cell: string): void {
    window.focus();
    if (this._panel.isDisposed) {
      return;
    }
    this._options.activate(this._panel);
    const notebook = this._panel.content;
    const index = notebook.widgets.findIndex(widget => widget.model.id === cell);
    if (index >= 0) {
      notebook.activeCellIndex = index;
      void notebook.scrollToItem(index, 'center');
    }
  }

  private readonly _panel: NotebookPanel;
  private readonly _blocks: INotebookBlocks;
  private readonly _options: INotifierOptions;
  private readonly _cells = new Map<string, ICellState>();
}

/** Whether the browser supports notifications; it may not for a page loaded over plain HTTP. */
export function canNotify(): boolean {
  return 'Notification' in window;
}

function showInBrowser(title: string, body: string, tag: string, onClick: () => void): void {
  if (!canNotify() || Notification.permission !== 'granted') {
    return;
  }
  try {
    // The tag makes a newer notification about a cell replace the older one.
    const shown = new Notification(title, { body, tag: `effecttalk-${tag}` });
    shown.onclick = () => {
      shown.close();
      onClick();
    };
  } catch (error) {
    // Some mobile browsers define the class but refuse to use it; JupyterLab's notification
    // remains.
    console.warn('EffectTalk: the browser cannot show notifications', error);
  }
}

/** Return how long a block took: according to its record, otherwise as observed. */
function secondsOf({ record }: ICellStatus, since: number | null): number {
  const seen = since === null ? 0 : (Date.now() - since) / 1000;
  return Math.max(record?.durationSeconds ?? 0, record?.durationSeconds == null ? seen : 0);
}

function firstLine(source: string): string {
  const line = source.split('\n').find(one => one.trim() !== '' && !one.startsWith('#')) ?? '';
  return line.length > LONGEST_COMMAND ? `${line.slice(0, LONGEST_COMMAND - 1)}…` : line;
}
