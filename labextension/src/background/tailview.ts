/** The last lines of a block's output, collapsed until the user expands them. */
import type { ITranslationBundle } from '../core/translation';
import { createElement, iconButton } from '../core/components/elements';
import { icon } from '../core/components/icons';

/** What the view needs to know about its block. */
export interface ITailActions {
  /** Go to the block's cell. */
  goToCell(): void;
  /** Call *show* with the lines, now and when they change; return a function that stops this. */
  followOutput(show: (text: string) => void): () => void;
}

/** A button, and the lines that it expands. */
export class TailView {
  constructor(trans: ITranslationBundle, actions: ITailActions) {
    this._trans = trans;
    this._actions = actions;
    this._text.tabIndex = 0;
    this._text.setAttribute('role', 'region');
    const choose = createElement('button', 'et-LinkButton', trans.__('Go to Cell'));
    choose.type = 'button';
    choose.addEventListener('click', () => {
      actions.goToCell();
    });
    this.node.append(this._text, choose);
    this.node.hidden = true;
    this.button = iconButton('et-Action et-Expand', '', icon('unfold'), () => {
      if (this._stopFollowing === null) {
        this._expand();
      } else {
        this.collapse();
      }
    });
    this.button.setAttribute('aria-expanded', 'false');
  }

  readonly node = createElement('div', 'et-Tail');
  readonly button: HTMLButtonElement;

  /** Set the command that the view is named after. */
  set label(command: string) {
    const label = this._trans.__('Last lines of %1', command);
    if (this.button.title !== label) {
      this.button.title = label;
      this.button.setAttribute('aria-label', label);
      this._text.setAttribute('aria-label', label);
    }
  }

  /** Hide the lines, and stop following them. */
  collapse(): void {
    this._stopFollowing?.();
    this._stopFollowing = null;
    this._setExpanded(false);
  }

  private _expand(): void {
    this._setExpanded(true);
    this._stopFollowing = this._actions.followOutput(text => {
      this._show(text);
    });
  }

  private _setExpanded(isOpen: boolean): void {
    this.node.hidden = !isOpen;
    this.button.setAttribute('aria-expanded', String(isOpen));
  }

  private _show(text: string): void {
    const shown = text === '' ? this._trans.__('No output yet.') : text;
    this._text.classList.toggle('et-mod-empty', text === '');
    if (this._text.textContent !== shown) {
      // Keep the position of a reader who has scrolled up.
      const { scrollTop, scrollHeight, clientHeight } = this._text;
      const isAtEnd = scrollTop + clientHeight >= scrollHeight - 4;
      this._text.textContent = shown;
      if (isAtEnd) {
        this._text.scrollTop = this._text.scrollHeight;
      }
    }
  }

  private readonly _trans: ITranslationBundle;
  private readonly _actions: ITailActions;
  private readonly _text = createElement('pre', 'et-Tail-text');
  private _stopFollowing: (() => void) | null = null;
}
