/** Environment view: where the shell is, what blocks have changed, and what is exported. */
import {
  changeWords,
  filterVariables,
  type IChange,
  type IEnvironment,
  type IPlace
} from '../core/kernel/environment';
import type { ITranslate } from '../core/translation';
import { place } from '../core/format';
import { element, emptyLine } from '../core/components/elements';
import { keyed } from '../core/components/keyedlist';
import { picture } from '../core/components/icons';
import { VariableEntry } from './variableview';

// What is of interest mostly is what was changed last.
const FEW_CHANGES = 6;
const FEW_NAMES = 6;

/** All of the section about a shell's environment. */
export class EnvironmentView {
  /** *onChoose* is called with a change whose cell somebody wants to see. */
  constructor(trans: ITranslate, onChoose: (change: IChange) => void) {
    this._trans = trans;
    this._onChoose = onChoose;
    this._empty = emptyLine('');
    this._place = element('div', 'et-Place');
    this._changes = element('ul', 'et-List');
    this._changes.setAttribute('aria-label', trans.__('Changes by blocks'));
    this._noChanges = emptyLine(trans.__('No block has changed anything.'));
    this._all = element('button', 'et-More');
    this._all.type = 'button';
    this._search = element('input', 'et-Search');
    this._variables = element('ul', 'et-List');
    this._variables.setAttribute('aria-label', trans.__('Exported variables'));
    this._noVariables = emptyLine(trans.__('No variable is like that.'));
    this._more = emptyLine('');
    this._body = element('div', 'et-Environment-body');
    this._body.append(
      heading(trans.__('Changes')),
      this._noChanges,
      this._changes,
      this._all,
      heading(trans.__('Exported variables')),
      this._searchBox(),
      this._noVariables,
      this._variables,
      this._more
    );
    this.node = element('div', 'et-Environment');
    this.node.append(this._place, this._empty, this._body);
    this._all.addEventListener('click', () => {
      this._areAll = !this._areAll;
      this._drawChanges();
    });
  }

  readonly node: HTMLElement;

  /** Show where the shell is; null: that is not known. */
  showPlace(where: IPlace | null): void {
    this._place.hidden = where === null;
    const key = where === null ? '' : `${where.cwd}\n${where.branch}`;
    if (key === this._shownPlace || where === null) {
      return;
    }
    this._shownPlace = key;
    const cwd = element('span', 'et-Place-cwd');
    cwd.title = where.cwd;
    cwd.append(picture('folder'), element('span', 'et-Place-text', place(where.cwd)));
    this._place.replaceChildren(cwd);
    if (where.branch !== '') {
      const branch = element('span', 'et-Place-branch');
      branch.title = this._trans.__('branch %1', where.branch);
      branch.append(picture('branch'), element('span', 'et-Place-text', where.branch));
      this._place.append(branch);
    }
  }

  /** Show an environment; null: there is none, for this reason. */
  show(environment: IEnvironment | null, reason: string): void {
    this._empty.textContent = reason;
    this._empty.hidden = environment !== null;
    this._body.hidden = environment === null;
    this._environment = environment;
    if (environment !== null) {
      this._drawChanges();
      this._drawVariables();
    }
  }

  private _drawChanges(): void {
    const changes = this._environment?.changes ?? [];
    const shown = this._areAll ? changes : changes.slice(0, FEW_CHANGES);
    this._noChanges.hidden = changes.length > 0;
    this._all.hidden = changes.length <= FEW_CHANGES;
    this._all.textContent = this._areAll
      ? this._trans.__('The last %1 only', FEW_CHANGES)
      : this._trans.__('All %1', changes.length);
    this._rows = keyed(this._changes, this._rows, shown, {
      key: change => String(change.block),
      make: () => this._row(),
      show: (row, change) => {
        row.change = change;
        row.words.textContent = changeWords(change, this._trans, FEW_NAMES);
        row.number.textContent = String(change.block);
        row.button.title = this._title(change);
        row.button.disabled = change.cell === null;
      }
    });
  }

  private _title(change: IChange): string {
    return this._trans.__('block %1: %2', change.block, changeWords(change, this._trans));
  }

  private _row(): IRow {
    const node = element('li', '');
    const button = element('button', 'et-Change');
    button.type = 'button';
    const number = element('span', 'et-Change-number');
    const words = element('span', 'et-Change-words');
    button.append(element('span', 'et-Voice', this._trans.__('Block')), number, words);
    node.append(button);
    const row: IRow = { node, button, number, words, change: null };
    button.addEventListener('click', () => {
      if (row.change !== null) {
        this._onChoose(row.change);
      }
    });
    return row;
  }

  private _drawVariables(): void {
    const { variables = [], more = 0 } = this._environment ?? {};
    const found = filterVariables(variables, this._search.value);
    this._noVariables.hidden = found.length > 0;
    this._more.hidden = more === 0;
    this._more.textContent = this._trans.__('%1 more are not shown.', more);
    this._entries = keyed(this._variables, this._entries, found, {
      key: variable => variable.name,
      make: () => new VariableEntry(this._trans),
      show: (entry, variable) => {
        entry.show(variable);
      }
    });
  }

  private _searchBox(): HTMLElement {
    const label = this._trans.__('Search names and values');
    this._search.type = 'search';
    this._search.placeholder = label;
    this._search.setAttribute('aria-label', label);
    this._search.spellcheck = false;
    this._search.addEventListener('input', () => {
      this._drawVariables();
    });
    const box = element('div', 'et-SearchBox');
    box.append(picture('search'), this._search);
    const line = element('div', 'et-Filter');
    line.append(box);
    return line;
  }

  private readonly _trans: ITranslate;
  private readonly _onChoose: (change: IChange) => void;
  private readonly _empty: HTMLElement;
  private readonly _place: HTMLElement;
  private readonly _body: HTMLElement;
  private readonly _changes: HTMLElement;
  private readonly _noChanges: HTMLElement;
  private readonly _all: HTMLButtonElement;
  private readonly _search: HTMLInputElement;
  private readonly _variables: HTMLElement;
  private readonly _noVariables: HTMLElement;
  private readonly _more: HTMLElement;
  private _rows = new Map<string, IRow>();
  private _entries = new Map<string, VariableEntry>();
  private _environment: IEnvironment | null = null;
  private _shownPlace = '';
  private _areAll = false;
}

interface IRow {
  readonly node: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly number: HTMLElement;
  readonly words: HTMLElement;
  change: IChange | null;
}

function heading(words: string): HTMLElement {
  return element('h3', 'et-Heading', words);
}
