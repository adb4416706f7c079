/** Rendering of a record as a header. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { nullTranslator, type ITranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { LiveSessions } from '../core/livesessions';
import { MIME_TYPE, readRecord, RecordError, type IRecord } from '../core/record';
import { TRANSLATION_DOMAIN, type ITranslationBundle } from '../core/translation';
import { createBlockElement } from './blockelement';
import { createHeader, type IHeader } from './model';
import { createHeaderElement, updateHeaderElement } from './view';
const TICK_MILLISECONDS = 1000;

/** Shows one record, and the progress of its block. */
export class BlockRenderer extends Widget implements IRenderMime.IRenderer {
  /** *liveSessions* tracks which blocks are running. */
  constructor(liveSessions: LiveSessions, translator?: ITranslator | null) {
    super({
      node: createBlockElement(() => {
        this._draw();
      })
    });
    this.addClass('et-Block');
    this._liveSessions = liveSessions;
    this._trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
  }

  /** Show the record in *model*. Called by JupyterLab whenever the record is updated. */
  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._data = model.data;
    // In a long notebook, most cells are never added to the page.
    if (this.node.isConnected) {
      this._draw();
    }
    return Promise.resolve();
  }

  override dispose(): void {
    this._record = null;
    this._subscribe();
    super.dispose();
  }

  /** Draw the latest model, unless it has been drawn already. */
  private _draw(): void {
    if (this._data === null || this.isDisposed) {
      return;
    }
    const { [MIME_TYPE]: record, 'text/plain': text } = this._data;
    this._data = null;
    this._progress = typeof text === 'string' ? text : '';
    try {
      this._record = readRecord(record);
      this._show();
    } catch (error) {
      if (!(error instanceof RecordError)) {
        throw error;
      }
      this._record = null;
      this._replaceElements([preformatted(this._progress || this._errorText(error))]);
    }
    this._subscribe();
  }

  /** Draw the header. */
  private _show(): void {
    const header = this._createHeader();
    if (this._record === null || header === null) {
      return;
    }
    const label = this._trans.__('Block %1: %2', this._record.number, header.status);
    const elements: HTMLElement[] = [createHeaderElement(header, label)];
    if (this._progress !== '' && this._record.status === 'running') {
      elements.push(preformatted(this._progress));
    }
    this._replaceElements(elements);
    this._shown = header;
  }

  /** Replace these elements; what other parts have added below the header stays. */
  private _replaceElements(elements: readonly HTMLElement[]): void {
    this._elements.forEach(element => {
      element.remove();
    });
    this._elements = elements;
    this.node.prepend(...elements);
  }

  private _createHeader(): IHeader | null {
    const record = this._record;
    if (record === null) {
      return null;
    }
    return createHeader(record, {
      isLive: this._liveSessions.isLive(record.session, record.number),
      isWaiting: this._liveSessions.isWaiting(record.session, record.number),
      now: new Date(),
      trans: this._trans
    });
  }

  /** Update the header while the block is running according to its record. */
  private _subscribe(): void {
    if (this._record?.status === 'running') {
      this._unsubscribe ??= this._liveSessions.subscribe(() => {
        this._update();
      });
      this._timer ??= window.setInterval(() => {
        this._update();
      }, TICK_MILLISECONDS);
      return;
    }
    this._unsubscribe?.();
    this._unsubscribe = null;
    window.clearInterval(this._timer ?? undefined);
    this._timer = null;
  }

  private _update(): void {
    const header = this._createHeader();
    const element = this.node.firstElementChild;
    if (header === null || !(element instanceof HTMLElement) || !this.isVisible) {
      return;
    }
    if (header.state === this._shown?.state) {
      updateHeaderElement(element, header);
    } else {
      this._show();
    }
  }

  private _errorText(error: RecordError): string {
    return error.version === null
      ? this._trans.__('The record of this block cannot be read: %1', error.message)
      : this._trans.__(
          'This block was recorded by a newer version of EffectTalk (record version %1)',
          error.version
        );
  }

  private readonly _liveSessions: LiveSessions;
  private readonly _trans: ITranslationBundle;
  private _data: IRenderMime.IMimeModel['data'] | null = null;
  private _record: IRecord | null = null;
  private _elements: readonly HTMLElement[] = [];
  private _progress = '';
  private _shown: IHeader | null = null;
  private _timer: number | null = null;
  private _unsubscribe: (() => void) | null = null;
}

function preformatted(text: string): HTMLElement {
  const element = document.createElement('pre');
  element.className = 'et-Progress';
  element.textContent = text;
  return element;
}
