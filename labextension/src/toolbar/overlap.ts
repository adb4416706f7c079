/** Cell room: whether beside the text of a cell there is room for buttons in its toolbar. */
import type { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Widget } from '@lumino/widgets';

const HIDDEN_CLASS = 'et-mod-lacking';
// With it JupyterLab hides a toolbar that has no room, with all of its buttons.
const OVERLAP_CLASS = 'jp-toolbar-overlap';

/**
 * Keeps our buttons out of a toolbar where there is room only without them.
 *
 * Otherwise they would make JupyterLab hide its own much more often.
 */
export class OverlapWatcher {
  /** Look now, and whenever the text or the size of *cell* is another, as long as *toolbar* is there. */
  watch(toolbar: Widget, cell: CodeCell, panel: NotebookPanel): void {
    if (this._watched.has(toolbar)) {
      return;
    }
    this._watched.add(toolbar);
    let isAsked = false;
    const look = (): void => {
      if (!isAsked) {
        isAsked = true;
        // As JupyterLab does: not while somebody types.
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

/** Hide our buttons if that gives room, and the whole toolbar if not even that does. */
function updateOverlap(toolbar: HTMLElement, cell: CodeCell, panel: NotebookPanel): void {
  if (panel.content.renderingLayout !== 'default') {
    toolbar.classList.add(HIDDEN_CLASS); // where outputs are at the side, they are in the way
    return;
  }
  toolbar.classList.remove(HIDDEN_CLASS);
  cell.removeClass(OVERLAP_CLASS);
  const isLacking = overlaps(toolbar, cell);
  toolbar.classList.toggle(HIDDEN_CLASS, isLacking);
  // JupyterLab finds the same, but may have looked before this.
  cell.toggleClass(OVERLAP_CLASS, isLacking && overlaps(toolbar, cell));
}

/** Whether a toolbar is over the first line of its cell, or over more than half of the cell. */
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
