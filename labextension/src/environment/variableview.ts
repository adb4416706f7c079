/** An exported variable in a list. */
import type { IVariable } from '../core/kernel/environment';
import type { ITranslationBundle } from '../core/translation';
import { createElement } from '../core/components/elements';

const MASK = '•••';

/** A variable on one line, which expands to its full value. */
export class VariableView {
  constructor(trans: ITranslationBundle) {
    this._trans = trans;
    this.node = createElement('li', '');
    this._name = createElement('span', 'et-Variable-name');
    this._value = createElement('span', 'et-Variable-value');
    this._full = createElement('pre', 'et-Variable-full');
    this._details = createElement('details', 'et-Variable');
    const summary = createElement('summary', 'et-Variable-line');
    summary.append(this._name, this._value);
    this._details.append(summary, this._full);
    this._details.addEventListener('toggle', () => {
      this._showValue();
    });
    this.node.append(this._details);
  }

  readonly node: HTMLElement;

  /** Show *variable*. */
  show(variable: IVariable): void {
    const { name, value } = variable;
    if (this._shown?.name === name && this._shown.value === value) {
      return;
    }
    this._shown = variable;
    this._name.textContent = name;
    this._value.textContent = value ?? this._trans.__('no value');
    this._value.classList.toggle('et-mod-none', value === null);
    const isMasked = value?.includes(MASK) === true;
    this._value.title = isMasked ? this._trans.__('Secrets are masked') : (value ?? '');
    this._showValue();
  }

  private _showValue(): void {
    if (this._details.open) {
      const { value = '', cut = 0 } = this._shown ?? {};
      const more = cut > 0 ? this._trans.__('… and %1 more characters', cut) : '';
      this._full.textContent = `${value ?? ''}${more}`;
    }
  }

  private readonly _trans: ITranslationBundle;
  private readonly _name: HTMLElement;
  private readonly _value: HTMLElement;
  private readonly _full: HTMLElement;
  private readonly _details: HTMLDetailsElement;
  private _shown: IVariable | null = null;
}
