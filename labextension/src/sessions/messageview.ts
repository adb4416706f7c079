/** Session message: one line above a list: what goes on, what came of it, what else can be done. */
import { element } from '../core/components/elements';

/** What can be done now. */
export interface IOffer {
  readonly label: string;
  run(): void;
}

/** The line. */
export class SessionMessage {
  constructor() {
    this._text.setAttribute('role', 'status');
    this._progress.setAttribute('aria-hidden', 'true');
    this.node.append(this._text, this._progress, this._button);
    this._button.type = 'button';
    this._button.addEventListener('click', () => {
      this._offer?.run();
    });
    this.say('');
  }

  readonly node = element('div', 'et-Message');

  /** Say what has been done, and what else can be. */
  say(text: string, offer: IOffer | null = null): void {
    this._show(text, offer, false);
  }

  /** Say what goes on. */
  wait(text: string): void {
    this._show(text, null, true);
  }

  private _show(text: string, offer: IOffer | null, isBusy: boolean): void {
    this._offer = offer;
    this._text.textContent = text;
    this._progress.hidden = !isBusy;
    this._button.hidden = offer === null;
    this._button.textContent = offer?.label ?? '';
    this.node.hidden = text === '';
  }

  private readonly _text = element('p', 'et-Message-text');
  private readonly _progress = element('progress', 'et-Message-progress');
  private readonly _button = element('button', 'et-TextButton');
  private _offer: IOffer | null = null;
}
