/** JupyterLab's own input boxes, which are removed when a question was answered elsewhere. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { CodeCell } from '@jupyterlab/cells';
import type { Kernel, KernelMessage, Session } from '@jupyterlab/services';
import type { Widget } from '@lumino/widgets';

import { Disposable } from '../core/disposable';
import { type IQuestion } from '../core/kernel/question';
import { InputBoxTracker, requestedQuestion } from './model';

const BOX_CLASS = 'jp-OutputArea-stdin-item';
// An answered box stays for half a second.
const ANSWERED_CLASS = 'jp-OutputArea-stdin-hiding';

/** The input boxes in one panel of a notebook. */
export class InputBoxes extends Disposable {
  /** *onBox* is called when a box was added, *onLeft* when a box with the focus loses it. */
  constructor(sessionContext: ISessionContext, onBox: () => void, onLeft: () => void) {
    super();
    this._sessionContext = sessionContext;
    this._onBox = onBox;
    this._onLeft = onLeft;
    sessionContext.sessionChanged.connect(this._followSession, this);
    this._followSession();
  }

  /** Set the question that has not been answered yet. */
  setQuestion(question: IQuestion | null): void {
    this._tracker.setQuestion(question);
  }

  /** Start over, after the kernel has gone. */
  reset(): void {
    this._tracker.reset();
  }

  /** Whether a cell has a box that waits for an answer. */
  hasBox(cell: CodeCell): boolean {
    return boxesIn(cell).length > 0;
  }

  /** Whether the focus is in a box of this cell. */
  hasFocus(cell: CodeCell): boolean {
    return boxesIn(cell).some(box => box.node.contains(document.activeElement));
  }

  /** Remove the boxes whose questions have been answered. */
  removeAnswered(cells: Iterable<CodeCell>): void {
    for (const cell of cells) {
      const boxes = boxesIn(cell);
      for (const box of boxes) {
        this._watch(box);
      }
      for (const box of boxes.slice(0, this._tracker.countAnswered(cell.model.id, boxes.length))) {
        box.dispose();
        this._clearPendingInput();
      }
    }
  }

  protected override release(): void {
    this._session?.anyMessage.disconnect(this._onMessage, this);
  }

  /**
   * Move the focus to the cell when JupyterLab would leave it nowhere: when a box goes, and at
   * Escape.
   */
  private _watch(box: Widget): void {
    if (this._watched.has(box)) {
      return;
    }
    this._watched.add(box);
    box.disposed.connect(() => {
      if (!this.isDisposed && box.node.contains(document.activeElement)) {
        this._onLeft();
      }
    });
    const look = (): void => {
      if (!this.isDisposed && document.activeElement === document.body) {
        this._onLeft();
      }
    };
    // During the capture phase, because JupyterLab's own listener stops the event; and after it,
    // because only then the focus is where it will be.
    box.node.addEventListener('focusout', () => window.setTimeout(look), true);
  }

  /** Tell JupyterLab that no input is pending: it runs no cells until then. */
  private _clearPendingInput(): void {
    const kernel = this._sessionContext.session?.kernel;
    if (kernel && !this._tracker.isNewestOpen) {
      kernel.hasPendingInput = false;
    }
  }

  private _followSession(): void {
    this._session?.anyMessage.disconnect(this._onMessage, this);
    this._session = this._sessionContext.session;
    this._session?.anyMessage.connect(this._onMessage, this);
  }

  private _onMessage(_: unknown, { msg, direction }: Kernel.IAnyMessageArgs): void {
    if (direction === 'recv' && isRequest(msg)) {
      this._tracker.onRequest(requestedQuestion(msg.metadata));
      // JupyterLab adds the box after this handler.
      window.setTimeout(() => {
        if (!this.isDisposed) {
          this._onBox();
        }
      });
    }
  }

  private readonly _sessionContext: ISessionContext;
  private readonly _onBox: () => void;
  private readonly _onLeft: () => void;
  private readonly _watched = new WeakSet<Widget>();
  private readonly _tracker = new InputBoxTracker();
  private _session: Session.ISessionConnection | null = null;
}

function isRequest({ header }: KernelMessage.IMessage): boolean {
  return header.msg_type === 'input_request';
}

/** Return the boxes of a cell that wait for an answer, the oldest first. */
function boxesIn(cell: CodeCell): readonly Widget[] {
  return cell.outputArea.widgets.filter(
    widget => widget.hasClass(BOX_CLASS) && !widget.hasClass(ANSWERED_CLASS)
  );
}
