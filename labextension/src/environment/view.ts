/** The shell's working directory, changes by blocks and exported variables. */
import { createElement, emptyMessage } from '../core/components/elements';
import { icon } from '../core/components/icons';
import { updateKeyedList } from '../core/components/keyedlist';
import { formatPath } from '../core/format';
import {
  type IEnvironment,
  type IEnvironmentChange,
  type ILocation
} from '../core/kernel/environment';
import type { ITranslationBundle } from '../core/translation';
import { describeChange, filterVariables } from './model';
import { VariableView } from './variableview';

// The latest changes matter most.
const RECENT_CHANGES = 6;
const MAX_NAMES = 6;

/** The content of the environment section. */
export class EnvironmentView {
  /** *onSelect* is called with the change whose cell the user wants to see. */
  constructor(trans: ITranslationBundle, onChoose: (change: IEnvironmentChange) => void) {
    this._trans = trans;
    this._onSelect = onChoose;
    this._empty = emptyMessage('');
    this._location = createElement('div', 'et-Location');
    this._changes = createElement('ul', 'et-List');
    this._changes.setAttribute('aria-label', trans.__('Changes by blocks'));
    this._noChanges = emptyMessage(trans.__('No changes yet.'));
    this._showAll = createElement('button', 'et-More');
    this._showAll.type = 'button';
    this._search = createElement('input', 'et-Search');
    this._variables = createElement('ul', 'et-List');
    this._variables.setAttribute('aria-label', trans.__('Exported variables'));
    this._noVariables = emptyMessage(trans.__('No matching variables.'));
    this._moreVariables = emptyMessage('');
    this._body = createElement('div', 'et-Environment-body');
    this._body.append(
      createHeading(trans.__('Changes')),
      this._noChanges,
      this._changes,
      this._showAll,
      createHeading(trans.__('Exported variables')),
      this._searchBox(),
      this._noVariables,
      this._variables,
      this._moreVariables
    );
    this.node = createElement('div', 'et-Environment');
    this.node.append(this._location, this._empty, this._body);
    this._showAll.addEventListener('click', () => {
      this._isShowingAll = !this._isShowingAll;
      this._drawChanges();
    });
  }

  readonly node: HTMLElement;

  /** Show the working directory; null if it is not known. */
  showLocation(location: ILocation | null): void {
    this._location.hidden = location === null;
    const key = location === null ? '' : `${location.cwd}\n${location.branch}`;
    if (key === this._shownLocation || location === null) {
      return;
    }
    this._shownLocation = key;
    const cwd = createElement('span', 'et-Location-cwd');
    cwd.title = location.cwd;
    cwd.append(icon('folder'), createElement('span', 'et-Location-text', formatPath(location.cwd)));
    this._location.replaceChildren(cwd);
    if (location.branch !== '') {
      const branch = createElement('span', 'et-Location-branch');
      branch.title = this._trans.__('branch %1', location.branch);
      branch.append(icon('branch'), createElement('span', 'et-Location-text', location.branch));
      this._location.append(branch);
    }
  }

  /** Show an environment; null if there is none, for this reason. */
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
    const shown = this._isShowingAll ? changes : changes.slice(0, RECENT_CHANGES);
    this._noChanges.hidden = changes.length > 0;
    this._showAll.hidden = changes.length <= RECENT_CHANGES;
    this._showAll.textContent = this._isShowingAll
      ? this._trans.__('Show the last %1 only', RECENT_CHANGES)
      : this._trans.__('Show all %1', changes.length);
    this._rows = updateKeyedList(this._changes, this._rows, shown, {
      key: change => String(change.block),
      create: () => this._createChangeRow(),
      update: (row, change) => {
        row.change = change;
        row.description.textContent = describeChange(change, this._trans, MAX_NAMES);
        row.number.textContent = String(change.block);
        row.button.title = this._changeTitle(change);
        row.button.disabled = change.cell === null;
      }
    });
  }

  private _changeTitle(change: IEnvironmentChange): string {
    return this._trans.__('block %1: %2', change.block, describeChange(change, this._trans));
  }

  private _createChangeRow(): IChangeRow {
    const node = createElement('li', '');
    const button = createElement('button', 'et-Change');
    button.type = 'button';
    const number = createElement('span', 'et-Change-number');
    const description = createElement('span', 'et-Change-description');
    button.append(
      createElement('span', 'et-ScreenReaderOnly', this._trans.__('Block')),
      number,
      description
    );
    node.append(button);
    const row: IChangeRow = { node, button, number, description, change: null };
    button.addEventListener('click', () => {
      if (row.change !== null) {
        this._onSelect(row.change);
      }
    });
    return row;
  }

  private _drawVariables(): void {
    const { variables = [], more = 0 } = this._environment ?? {};
    const matching = filterVariables(variables, this._search.value);
    this._noVariables.hidden = matching.length > 0;
    this._moreVariables.hidden = more === 0;
    this._moreVariables.textContent = this._trans.__('%1 more not shown.', more);
    this._variableViews = updateKeyedList(this._variables, this._variableViews, matching, {
      key: variable => variable.name,
      create: () => new VariableView(this._trans),
      update: (entry, variable) => {
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
    const box = createElement('div', 'et-SearchBox');
    box.append(icon('search'), this._search);
    const line = createElement('div', 'et-Filter');
    line.append(box);
    return line;
  }

  private readonly _trans: ITranslationBundle;
  private readonly _onSelect: (change: IEnvironmentChange) => void;
  private readonly _empty: HTMLElement;
  private readonly _location: HTMLElement;
  private readonly _body: HTMLElement;
  private readonly _changes: HTMLElement;
  private readonly _noChanges: HTMLElement;
  private readonly _showAll: HTMLButtonElement;
  private readonly _search: HTMLInputElement;
  private readonly _variables: HTMLElement;
  private readonly _noVariables: HTMLElement;
  private readonly _moreVariables: HTMLElement;
  private _rows = new Map<string, IChangeRow>();
  private _variableViews = new Map<string, VariableView>();
  private _environment: IEnvironment | null = null;
  private _shownLocation = '';
  private _isShowingAll = false;
}

interface IChangeRow {
  readonly node: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly number: HTMLElement;
  readonly description: HTMLElement;
  change: IEnvironmentChange | null;
}

function createHeading(text: string): HTMLElement {
  return createElement('h3', 'et-Heading', text);
}
