/** The terminals of all EffectTalk notebooks. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import type { IBlockTracker } from '../core/tokens';
import type { INotebookBlocks } from '../core/tokens';
import { NotebookTerminal, type ITerminalOptions } from './notebookterminal';

/** Creates a terminal for each EffectTalk notebook, in the panel that is or was active. */
export class Terminals {
  /** Follow the notebooks of *tracker* that *blockTracker* knows. */
  constructor(tracker: INotebookTracker, blockTracker: IBlockTracker, options: ITerminalOptions) {
    this._tracker = tracker;
    this._blockTracker = blockTracker;
    this._options = options;
    blockTracker.changed.connect(this._update, this);
    tracker.currentChanged.connect(this._update, this);
    this._update();
  }

  /** Return the terminal of a notebook; undefined if it has no EffectTalk kernel. */
  get(panel: NotebookPanel): NotebookTerminal | undefined {
    const blocks = this._blockTracker.get(panel);
    return blocks === null ? undefined : this._terminals.get(blocks);
  }

  /** Apply the current theme. */
  updateTheme(): void {
    this._terminals.forEach(terminal => {
      terminal.updateTheme();
    });
  }

  private _update(): void {
    const panels = this._activePanels();
    this._terminals.forEach((terminal, blocks) => {
      if (!panels.has(blocks)) {
        this._terminals.delete(blocks);
        terminal.dispose();
      }
    });
    panels.forEach((panel, blocks) => {
      let terminal = this._terminals.get(blocks);
      if (terminal === undefined) {
        terminal = new NotebookTerminal(panel.sessionContext, this._options);
        this._terminals.set(blocks, terminal);
      }
      this._panels.set(blocks, panel);
      terminal.show(panel);
    });
  }

  /** Return for each notebook the panel that is active, or that was the last one to be active. */
  private _activePanels(): Map<INotebookBlocks, NotebookPanel> {
    const panels = new Map<INotebookBlocks, NotebookPanel>();
    this._tracker.forEach(panel => {
      const blocks = this._blockTracker.get(panel);
      if (blocks !== null && !panels.has(blocks)) {
        const before = this._panels.get(blocks);
        panels.set(blocks, before?.isDisposed === false ? before : panel);
      }
    });
    const current = this._tracker.currentWidget;
    const blocks = current && this._blockTracker.get(current);
    return blocks === null ? panels : panels.set(blocks, current as NotebookPanel);
  }

  private readonly _tracker: INotebookTracker;
  private readonly _blockTracker: IBlockTracker;
  private readonly _options: ITerminalOptions;
  private readonly _terminals = new Map<INotebookBlocks, NotebookTerminal>();
  private readonly _panels = new WeakMap<INotebookBlocks, NotebookPanel>();
}
