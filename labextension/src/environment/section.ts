/** The panel's environment section: the shell of the current notebook. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { PanelWithToolbar } from '@jupyterlab/ui-components';
import type { Message as WidgetMessage } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { IEnvironment } from '../core/kernel/environment';
import type { BlocksMessage } from '../core/kernel/messages';
import { goToCell } from '../core/notebook/cells';
import { CurrentKernel } from '../core/notebook/currentkernel';
import type { CurrentNotebook } from '../core/notebook/currentnotebook';
import { EnvironmentView } from './view';

// The environment is known shortly after a block has finished.
const DELAY_MILLISECONDS = 200;
// For a series of short blocks.
const THROTTLE_MILLISECONDS = 1500;

/** Requests the environment from the kernel, but only while the section is visible. */
export class EnvironmentSection extends PanelWithToolbar {
  constructor(currentNotebook: CurrentNotebook, trans: TranslationBundle) {
    super();
    this._trans = trans;
    this.addClass('et-Section');
    this.title.label = trans.__('Environment');
    this._view = new EnvironmentView(trans, ({ cell }) => {
      const panel = currentNotebook.blockList?.panel;
      if (panel !== undefined && cell !== null) {
        void goToCell(panel, cell);
      }
    });
    this.addWidget(new Widget({ node: this._view.node }));
    this._currentKernel = new CurrentKernel(
      currentNotebook,
      () => {
        this._onKernel();
      },
      message => {
        this._onMessage(message);
      }
    );
  }

  protected override onAfterShow(message: WidgetMessage): void {
    super.onAfterShow(message);
    this._show();
    this._request();
  }

  protected override onAfterHide(message: WidgetMessage): void {
    super.onAfterHide(message);
    this._cancelRequest();
  }

  protected override onBeforeDetach(message: WidgetMessage): void {
    super.onBeforeDetach(message);
    this._cancelRequest();
  }

  private _cancelRequest(): void {
    window.clearTimeout(this._timer ?? undefined);
    this._timer = null;
  }

  private _onKernel(): void {
    this._environment = null;
    this._show();
    this._requestSoon();
  }

  private _onMessage(message: BlocksMessage): void {
    switch (message.event) {
      case 'environment':
        this._environment = message.environment;
        this._show();
        break;
      case 'place':
        this._show();
        break;
      case 'state':
        this._requestSoon();
        break;
      case 'block':
        if (message.block.status !== 'running') {
          this._requestSoon();
        }
        break;
    }
  }

  private _requestSoon(): void {
    if (this.isVisible) {
      const wait = this._lastRequest + THROTTLE_MILLISECONDS - performance.now();
      this._timer ??= window.setTimeout(
        () => {
          this._request();
        },
        Math.max(DELAY_MILLISECONDS, wait)
      );
    }
  }

  private _request(): void {
    this._cancelRequest();
    this._lastRequest = performance.now();
    this._currentKernel.kernel?.requestEnvironment();
  }

  private _show(): void {
    if (this.isVisible) {
      const { kernel } = this._currentKernel;
      this._view.showLocation(kernel?.location ?? this._environment);
      this._view.show(this._environment, this._emptyText(kernel !== null && kernel.session !== ''));
    }
  }

  private _emptyText(hasKernel: boolean): string {
    if (hasKernel) {
      return this._trans.__('No environment yet.');
    }
    return this._currentKernel.kernel === null
      ? this._trans.__('The current notebook has no EffectTalk kernel.')
      : this._trans.__('No running kernel.');
  }

  private readonly _trans: TranslationBundle;
  private readonly _view: EnvironmentView;
  private readonly _currentKernel: CurrentKernel;
  private _environment: IEnvironment | null = null;
  private _timer: number | null = null;
  private _lastRequest = -Infinity;
}
