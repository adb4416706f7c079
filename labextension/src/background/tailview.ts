/** Tail view: the last lines that a block has printed, folded until somebody wants them. */
import type { ITranslationBundle } from '../core/translation';
import { createElement, iconButton } from '../core/components/elements';
import { icon } from '../core/components/icons';

/** What it needs of its block. */
export interface ITailActions {
  /** Show the block's cell. */
  goToCell(): void;
  /** Call *show* with the lines, now and when they change; return what stops that. */
  followOutput(show: (text: string) => void): () => void;
}

/** A button, and the lines that it unfolds. */
export class TailView {
  constructor(trans: ITranslationBundle, actions: ITailActions) {
    this._trans = trans;
    this._actions = actions;
    this._text.tabIndex = 0;
    this._text.setAttribute('role', 'region');
    const choose = createElement('button', 'et-LinkButton', trans.__('Go to the cell'));
    choose.type = 'button';
    choose.addEventListener('click', () => {
      actions.goToCell();
    });
    this.node.append(this._text, choose);
    this.node.hidden = true;
    this.button = iconButton('et-Action et-Unfold', '', icon('unfold'), () => {
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

  /** Name it after a command. */
  set label(command: string) {
    const label = this._trans.__('Last lines of %1', command);
    if (this.button.title !== label) {
      this.button.title = label;
      this.button.setAttribute('aria-label', label);
      this._text.setAttribute('aria-label', label);
    }
  }

  /** Show no lines, and follow none. */
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
    const shown = text === '' ? this._trans.__('It has printed nothing yet.') : text;
    this._text.classList.toggle('et-mod-empty', text === '');
    if (this._text.textContent !== shown) {
      // Who has scrolled up reads there.
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
