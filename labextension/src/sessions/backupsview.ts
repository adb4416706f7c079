/** The list of backups, each with a button that restores it. */
import { describeBackup, type IBackupItem } from './backups';
import type { ITranslationBundle } from '../core/translation';
import { formatTime } from '../core/format';
import { createElement, emptyListItem } from '../core/components/elements';

/** A list of backups. */
export class BackupsView {
  /** *restore* is called with the backup that the user wants to restore. */
  constructor(trans: ITranslationBundle, restore: (backup: IBackupItem) => void) {
    this._trans = trans;
    this._restore = restore;
    this.node.setAttribute('aria-label', trans.__('Backups'));
  }

  readonly node = createElement('ul', 'et-List et-Backups');

  /** Show these backups. */
  show(backups: readonly IBackupItem[]): void {
    const entries = backups.map(backup => this._createEntry(backup));
    if (entries.length === 0) {
      entries.push(emptyListItem(this._trans.__('No backups yet.')));
    }
    this.node.replaceChildren(...entries);
  }

  private _createEntry(backup: IBackupItem): HTMLElement {
    const node = createElement('li', 'et-Session et-Backup');
    const time = formatBackupTime(backup);
    const facts = createElement('div', 'et-Session-facts');
    facts.append(
      ...describeBackup(backup, this._trans).map(fact => createElement('span', '', fact))
    );
    const text = createElement('div', 'et-Session-text');
    text.append(createElement('div', 'et-Session-name', time), facts);
    const button = createElement('button', 'et-TextButton', this._trans.__('Restore…'));
    button.type = 'button';
    button.setAttribute('aria-label', this._trans.__('Restore… backup of %1', time));
    button.addEventListener('click', () => {
      this._restore(backup);
    });
    node.append(text, button);
    return node;
  }

  private readonly _trans: ITranslationBundle;
  private readonly _restore: (backup: IBackupItem) => void;
}

/** Return when a backup was made; its name if that is not known. */
export function formatBackupTime({ time, name }: IBackupItem): string {
  return time === null ? name : formatTime(time, new Date());
}
