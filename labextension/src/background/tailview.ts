/** Tail view: the last lines that a block has printed, folded until somebody wants them. */
import type { ITranslate } from '../core/translation';
import { element, pictureButton } from '../core/components/elements';
import { picture } from '../core/components/icons';

/** What it needs of its block. */
export interface ITailActions {
  /** Show the block's cell. */
  choose(): void;
  /** Call *show* with the lines, now and when they change; return what stops that. */
  follow(show: (text: string) => void): () => void;
}

/** A button, and the lines that it unfolds. */
export class TailView {
  constructor(trans: ITranslate, actions: ITailActions) {
    this._trans = trans;
    this._actions = actions;
    this._text.tabIndex = 0;
    this._text.setAttribute('role', 'region');
    const choose = element('button', 'et-LinkButton', trans.__('Go to the cell'));
    choose.type = 'button';
    choose.addEventListener('click', () => {
      actions.choose();
    });
    this.node.append(this._text, choose);
    this.node.hidden = true;
    this.button = pictureButton('et-Action et-Unfold', '', picture('unfold'), () => {
      if (this._stop === null) {
        this._unfold();
      } else {
        this.fold();
      }
    });
    this.button.setAttribute('aria-expanded', 'false');
  }

  readonly node = element('div', 'et-Tail');
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
  fold(): void {
    this._stop?.();
    this._stop = null;
    this._become(false);
  }

  private _unfold(): void {
    this._become(true);
    this._stop = this._actions.follow(text => {
      this._show(text);
    });
  }

  private _become(isOpen: boolean): void {
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

  private readonly _trans: ITranslate;
  private readonly _actions: ITailActions;
  private readonly _text = element('pre', 'et-Tail-text');
  private _stop: (() => void) | null = null;
}
