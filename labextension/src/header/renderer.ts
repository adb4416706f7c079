/** Renderer: shows the record of a block as a header above its output. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { nullTranslator, type ITranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { LiveSessions } from '../core/livesessions';
import { headerOf, type IHeader } from './model';
import { MIME_TYPE, readRecord, RecordError, type IRecord } from '../core/record';
import type { ITranslate } from '../core/translation';
import { blockElement } from './blockelement';
import { headerElement, refresh } from './view';

/** Where the words of all our parts are translated. */
export const DOMAIN = 'effecttalk';
const TICK_MILLISECONDS = 1000;

/** Shows one record, and what its block has printed that is not on view yet. */
export class BlockRenderer extends Widget implements IRenderMime.IRenderer {
  /** *alive* knows which blocks run. */
  constructor(alive: LiveSessions, translator?: ITranslator | null) {
    super({
      node: blockElement(() => {
        this._draw();
      })
    });
    this.addClass('et-Block');
    this._alive = alive;
    this._trans = (translator ?? nullTranslator).load(DOMAIN);
  }

  /** Show what *model* has now. Called by JupyterLab, again whenever the record is updated. */
  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._data = model.data;
    // Of a long notebook, most cells never come into the page.
    if (this.node.isConnected) {
      this._draw();
    }
    return Promise.resolve();
  }

  override dispose(): void {
    this._record = null;
    this._watch();
    super.dispose();
  }

  /** Show what *model* had last, unless that is on view. */
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
      this._put([plainText(this._progress || this._apology(error))]);
    }
    this._watch();
  }

  /** Show the record anew. */
  private _show(): void {
    const header = this._headerNow();
    if (this._record === null || header === null) {
      return;
    }
    const label = this._trans.__('Block %1: %2', this._record.number, header.status);
    const elements: HTMLElement[] = [headerElement(header, label)];
    if (this._progress !== '' && this._record.status === 'running') {
      elements.push(plainText(this._progress));
    }
    this._put(elements);
    this._shown = header;
  }

  /** Show these elements; what others have put below the header stays. */
  private _put(elements: readonly HTMLElement[]): void {
    this._elements.forEach(element => {
      element.remove();
    });
    this._elements = elements;
    this.node.prepend(...elements);
  }

  private _headerNow(): IHeader | null {
    const record = this._record;
    if (record === null) {
      return null;
    }
    return headerOf(record, {
      isAlive: this._alive.isAlive(record.session, record.number),
      isWaiting: this._alive.isWaiting(record.session, record.number),
      now: new Date(),
      trans: this._trans
    });
  }

  /** Follow what changes by itself as long as the record says that its block runs. */
  private _watch(): void {
    if (this._record?.status === 'running') {
      this._stopListening ??= this._alive.listen(() => {
        this._update();
      });
      this._timer ??= window.setInterval(() => {
        this._update();
      }, TICK_MILLISECONDS);
      return;
    }
    this._stopListening?.();
    this._stopListening = null;
    window.clearInterval(this._timer ?? undefined);
    this._timer = null;
  }

  private _update(): void {
    const header = this._headerNow();
    const element = this.node.firstElementChild;
    if (header === null || !(element instanceof HTMLElement) || !this.isVisible) {
      return;
    }
    if (header.state === this._shown?.state) {
      refresh(element, header);
    } else {
      this._show();
    }
  }

  private _apology(error: RecordError): string {
    return error.version === null
      ? this._trans.__('A block whose record cannot be read: %1', error.message)
      : this._trans.__('A block of a newer EffectTalk, whose record is version %1', error.version);
  }

  private readonly _alive: LiveSessions;
  private readonly _trans: ITranslate;
  private _data: IRenderMime.IMimeModel['data'] | null = null;
  private _record: IRecord | null = null;
  private _elements: readonly HTMLElement[] = [];
  private _progress = '';
  private _shown: IHeader | null = null;
  private _timer: number | null = null;
  private _stopListening: (() => void) | null = null;
}

function plainText(text: string): HTMLElement {
  const element = document.createElement('pre');
  element.className = 'et-Progress';
  element.textContent = text;
  return element;
}
