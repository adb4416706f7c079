/** Hiding of buttons that do not fit beside the text of a cell. */
import type { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Widget } from '@lumino/widgets';

const HIDDEN_CLASS = 'et-mod-overlapping';
// JupyterLab hides a toolbar with this class, because it does not fit.
const OVERLAP_CLASS = 'jp-toolbar-overlap';

/**
 * Hides our buttons in toolbars that only fit without them.
 *
 * Otherwise JupyterLab would hide the whole toolbar much more often.
 */
export class OverlapWatcher {
  /**
   * Update now, and whenever the text or the size of *cell* changes, until *toolbar* is disposed.
   */
  watch(toolbar: Widget, cell: CodeCell, panel: NotebookPanel): void {
    if (this._watched.has(toolbar)) {
      return;
    }
    this._watched.add(toolbar);
    let isAsked = false;
    const look = (): void => {
      if (!isAsked) {
        isAsked = true;
        // When the browser is idle, as JupyterLab does it: not while the user is typing.
        window.requestIdleCallback(() => {
          isAsked = false;
          if (toolbar.isAttached && !cell.isDisposed) {
            updateOverlap(toolbar.node, cell, panel);
          }
        });
      }
    };
    cell.displayChanged.connect(look);
    cell.model.contentChanged.connect(look);
    toolbar.disposed.connect(() => {
      cell.displayChanged.disconnect(look);
      cell.model.contentChanged.disconnect(look);
    });
    look();
  }

  private readonly _watched = new WeakSet<Widget>();
}

/** Hide our buttons if the toolbar fits without them, otherwise the whole toolbar. */
function updateOverlap(toolbar: HTMLElement, cell: CodeCell, panel: NotebookPanel): void {
  if (panel.content.renderingLayout !== 'default') {
    toolbar.classList.add(HIDDEN_CLASS); // with outputs at the side, the buttons would cover them
    return;
  }
  toolbar.classList.remove(HIDDEN_CLASS);
  cell.removeClass(OVERLAP_CLASS);
  const isLacking = overlaps(toolbar, cell);
  toolbar.classList.toggle(HIDDEN_CLASS, isLacking);
  // JupyterLab decides the same way, but may have done so before our buttons were hidden.
  cell.toggleClass(OVERLAP_CLASS, isLacking && overlaps(toolbar, cell));
}

/** Whether a toolbar covers the first line of its cell, or more than half of its width. */
function overlaps(toolbar: HTMLElement, cell: CodeCell): boolean {
  const editor = cell.editorWidget?.node;
  const line = editor?.querySelector('.cm-line');
  if (!editor || !line) {
    return false;
  }
  const { left, right } = editor.getBoundingClientRect();
  const text = document.createRange();
  text.selectNodeContents(line);
  const start = toolbar.getBoundingClientRect().left;
  const end = line.getBoundingClientRect().left + text.getBoundingClientRect().width;
  return (left + right) / 2 > start || end > start;
}
