/** The line above a list: progress, result and a possible next action. */
import { createElement } from '../core/components/elements';

/** An action that is offered together with a message. */
export interface IMessageAction {
  readonly label: string;
  run(): void;
}

/** The message line. */
export class MessageView {
  constructor() {
    this._text.setAttribute('role', 'status');
    this._progress.setAttribute('aria-hidden', 'true');
    this.node.append(this._text, this._progress, this._button);
    this._button.type = 'button';
    this._button.addEventListener('click', () => {
      this._action?.run();
    });
    this.show('');
  }

  readonly node = createElement('div', 'et-Message');

  /** Show a result, and optionally an action. */
  show(text: string, offer: IMessageAction | null = null): void {
    this._update(text, offer, false);
  }

  /** Show what is going on. */
  showProgress(text: string): void {
    this._update(text, null, true);
  }

  private _update(text: string, offer: IMessageAction | null, isBusy: boolean): void {
    this._action = offer;
    this._text.textContent = text;
    this._progress.hidden = !isBusy;
    this._button.hidden = offer === null;
    this._button.textContent = offer?.label ?? '';
    this.node.hidden = text === '';
  }

  private readonly _text = createElement('p', 'et-Message-text');
  private readonly _progress = createElement('progress', 'et-Message-progress');
  private readonly _button = createElement('button', 'et-TextButton');
  private _action: IMessageAction | null = null;
}
