/** Environment panel: the section about what the shell of the notebook in front has. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { PanelWithToolbar } from '@jupyterlab/ui-components';
import type { Message as WidgetMessage } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { IEnvironment } from '../core/kernel/environment';
import type { Message } from '../core/kernel/messages';
import { EnvironmentView } from './view';
import type { Front } from '../core/notebook/currentnotebook';
import { Hearing } from '../core/notebook/currentkernel';
import { goToCell } from '../core/notebook/blocklist';

// What a block has left is known a little behind its end.
const SETTLE_MILLISECONDS = 200;
// While many blocks run one after the other.
const THROTTLE_MILLISECONDS = 1500;

/** Asks the kernel what its shell has, only while somebody can see it. */
export class EnvironmentPanel extends PanelWithToolbar {
  /** *front* is the notebook that it is about. */
  constructor(front: Front, trans: TranslationBundle) {
    super();
    this._trans = trans;
    this.addClass('et-Section');
    this.title.label = trans.__('Environment');
    this._view = new EnvironmentView(trans, ({ cell }) => {
      const panel = front.outline?.panel;
      if (panel !== undefined && cell !== null) {
        void goToCell(panel, cell);
      }
    });
    this.addWidget(new Widget({ node: this._view.node }));
    this._hearing = new Hearing(
      front,
      () => {
        this._turn();
      },
      said => {
        this._hear(said);
      }
    );
  }

  protected override onAfterShow(message: WidgetMessage): void {
    super.onAfterShow(message);
    this._show();
    this._ask();
  }

  protected override onAfterHide(message: WidgetMessage): void {
    super.onAfterHide(message);
    this._stop();
  }

  protected override onBeforeDetach(message: WidgetMessage): void {
    super.onBeforeDetach(message);
    this._stop();
  }

  private _stop(): void {
    window.clearTimeout(this._timer ?? undefined);
    this._timer = null;
  }

  private _turn(): void {
    this._environment = null;
    this._show();
    this._askSoon();
  }

  private _hear(said: Message): void {
    switch (said.event) {
      case 'environment':
        this._environment = said.environment;
        this._show();
        break;
      case 'place':
        this._show();
        break;
      case 'state':
        this._askSoon();
        break;
      case 'block':
        if (said.block.status !== 'running') {
          this._askSoon();
        }
        break;
    }
  }

  private _askSoon(): void {
    if (this.isVisible) {
      const wait = this._asked + THROTTLE_MILLISECONDS - performance.now();
      this._timer ??= window.setTimeout(
        () => {
          this._ask();
        },
        Math.max(SETTLE_MILLISECONDS, wait)
      );
    }
  }

  private _ask(): void {
    this._stop();
    this._asked = performance.now();
    this._hearing.kernel?.askEnvironment();
  }

  private _show(): void {
    if (this.isVisible) {
      const { kernel } = this._hearing;
      this._view.showPlace(kernel?.place ?? this._environment);
      this._view.show(this._environment, this._reason(kernel !== null && kernel.session !== ''));
    }
  }

  private _reason(hasKernel: boolean): string {
    if (hasKernel) {
      return this._trans.__('Nothing is known yet.');
    }
    return this._hearing.kernel === null
      ? this._trans.__('The notebook in front is none of EffectTalk.')
      : this._trans.__('No kernel runs.');
  }

  private readonly _trans: TranslationBundle;
  private readonly _view: EnvironmentView;
  private readonly _hearing: Hearing;
  private _environment: IEnvironment | null = null;
  private _timer: number | null = null;
  private _asked = -Infinity;
}
