/** Plugin: filters the output of the active cell's block, and finds in it. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { activeIn, type IActive } from '../notebook/actions/active';
import { hasPrinted } from '../notebook/actions/copying';
import type { NotebookBlocks } from '../notebook/blocks';
import { NotebookFilters, type IShared } from '../notebook/filter/notebookfilters';
import { DOMAIN } from '../notebook/renderer';
import { IBlocks } from '../tokens';

export const filter: JupyterFrontEndPlugin<void> = {
  id: 'effecttalk:filter',
  description: 'Filters the output of a block, and finds in it.',
  autoStart: true,
  requires: [INotebookTracker, IBlocks],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    known: IBlocks,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const { serverSettings: server } = app.serviceManager;
    const views = new Views(tracker, known, { server, trans, wish: null });
    const active = (): IActive | null => {
      const panel = tracker.currentWidget;
      const blocks = panel !== null && panel === app.shell.currentWidget ? known.of(panel) : null;
      return panel === null || blocks === null ? null : activeIn(panel, blocks);
    };
    const add = (command: string, label: string, isOnlyMatching: boolean): void => {
      app.commands.addCommand(command, {
        label,
        isVisible: () => active() !== null,
        isEnabled: () => {
          const found = active();
          return found !== null && found.cell !== null && hasPrinted(found);
        },
        execute: () => {
          const found = active();
          if (found !== null && found.cell !== null) {
            views.of(found.panel, found.blocks).open(found.cell, isOnlyMatching);
          }
        }
      });
      palette?.addItem({ command, category: trans.__('Blocks') });
    };
    add('effecttalk:filter-output', trans.__('Filter Output…'), true);
    add('effecttalk:find-in-output', trans.__('Find in Output…'), false);
  }
};

/** The bars of every view that has one. */
class Views {
  constructor(
    tracker: INotebookTracker,
    private readonly _known: IBlocks,
    private readonly _shared: IShared
  ) {
    _known.changed.connect((_, panel) => {
      this._check(panel);
    });
    tracker.widgetAdded.connect((_, panel) => {
      panel.disposed.connect(() => {
        this._drop(panel);
      });
    });
  }

  /** Return the bars of *panel*, whose blocks are *of*. */
  of(panel: NotebookPanel, of: NotebookBlocks): NotebookFilters {
    this._check(panel);
    let view = this._views.get(panel);
    if (view === undefined) {
      view = { filters: new NotebookFilters(panel, of, this._shared), of };
      this._views.set(panel, view);
    }
    return view.filters;
  }

  /** Close the bars of a notebook that is another one now, or not ours any more. */
  private _check(panel: NotebookPanel): void {
    const view = this._views.get(panel);
    if (view !== undefined && view.of !== this._known.of(panel)) {
      this._drop(panel);
    }
  }

  private _drop(panel: NotebookPanel): void {
    this._views.get(panel)?.filters.dispose();
    this._views.delete(panel);
  }

  private readonly _views = new Map<
    NotebookPanel,
    { readonly filters: NotebookFilters; readonly of: NotebookBlocks }
  >();
}
