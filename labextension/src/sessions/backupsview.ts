/** Backups view: the backups that there are, each with a button to bring back what it has. */
import { backupFacts, type IBackupItem } from './backups';
import type { ITranslate } from '../core/translation';
import { moment } from '../core/format';
import { element, emptyItem } from '../core/components/elements';

/** The list. */
export class BackupsView {
  /** *restore* is called with the backup that somebody wants. */
  constructor(trans: ITranslate, restore: (backup: IBackupItem) => void) {
    this._trans = trans;
    this._restore = restore;
    this.node.setAttribute('aria-label', trans.__('Backups'));
  }

  readonly node = element('ul', 'et-List et-Backups');

  /** Show these. */
  show(backups: readonly IBackupItem[]): void {
    const entries = backups.map(backup => this._entry(backup));
    if (entries.length === 0) {
      entries.push(emptyItem(this._trans.__('There is no backup yet.')));
    }
    this.node.replaceChildren(...entries);
  }

  private _entry(backup: IBackupItem): HTMLElement {
    const node = element('li', 'et-Session et-Backup');
    const time = backupTime(backup);
    const facts = element('div', 'et-Session-facts');
    facts.append(...backupFacts(backup, this._trans).map(fact => element('span', '', fact)));
    const text = element('div', 'et-Session-text');
    text.append(element('div', 'et-Session-name', time), facts);
    const button = element('button', 'et-TextButton', this._trans.__('Restore…'));
    button.type = 'button';
    button.setAttribute('aria-label', this._trans.__('Restore… the backup of %1', time));
    button.addEventListener('click', () => {
      this._restore(backup);
    });
    node.append(text, button);
    return node;
  }

  private readonly _trans: ITranslate;
  private readonly _restore: (backup: IBackupItem) => void;
}

/** When a backup was made; its name, where that is not known. */
export function backupTime({ time, name }: IBackupItem): string {
  return time === null ? name : moment(time, new Date());
}
