/** Side panel: the blocks of the notebook in front, what runs, and the sessions that are kept. */
import { Notification } from '@jupyterlab/apputils';
import type { ITranslator } from '@jupyterlab/translation';
import { PanelWithToolbar, SidePanel } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { AccordionPanel, Widget } from '@lumino/widgets';

import { unfinishedBlocks, type IBlockItem } from '../model/blocklist';
import { isActive } from '../model/state';
import { BackgroundView } from '../view/backgroundview';
import { BlocksView } from '../view/blocksview';
import { endBlock } from './ending';
import type { Front } from './front';
import type { KeptSessions } from './keptsessions';
import { DOMAIN } from './renderer';
import { SessionsPanel } from './sessionspanel';

export const PANEL_ID = 'effecttalk-panel';
const TICK_MILLISECONDS = 1000;
// How the sections share the height, until somebody moves the lines between them.
const SHARES = [0.56, 0.16, 0.28];

/** The panel on the left side. */
export class BlocksPanel extends SidePanel {
  /** *front* is the notebook that it is about, *kept* has the sessions. */
  constructor(front: Front, kept: KeptSessions, translator: ITranslator) {
    super({ translator });
    const trans = translator.load(DOMAIN);
    this.id = PANEL_ID;
    this.addClass('et-Panel');
    this.title.caption = trans.__('Blocks of EffectTalk');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Blocks of EffectTalk'));
    this._front = front;
    this._blocks = new BlocksView(trans, item => {
      this._choose(item);
    });
    this._background = new BackgroundView(trans, {
      choose: item => {
        this._choose(item);
      },
      end: item => void this._end(item)
    });
    this._sessions = new SessionsPanel(kept, trans);
    this.addWidget(section(trans.__('Blocks'), this._blocks.node));
    this.addWidget(section(trans.__('Background'), this._background.node));
    this.addWidget(this._sessions);
    front.changed.connect(this._show, this);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    if (!this._isShared && this.content instanceof AccordionPanel) {
      this._isShared = true;
      this.content.setRelativeSizes(SHARES);
    }
    this._timer ??= window.setInterval(() => {
      this._blocks.tick();
      this._background.tick();
    }, TICK_MILLISECONDS);
    this._show();
    this._sessions.refresh();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    window.clearInterval(this._timer ?? undefined);
    this._timer = null;
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this._blocks.focus();
  }

  private _show(): void {
    if (!this.isVisible) {
      return;
    }
    const { outline } = this._front;
    const items = outline?.items ?? null;
    this._blocks.show(items, outline?.current ?? null);
    this._background.show(unfinishedBlocks(items ?? []));
    this._sessions.current = outline?.session ?? '';
    const ended = items?.filter(item => !isActive(item.state)).length ?? 0;
    if (ended !== this._ended) {
      this._ended = ended;
      this._sessions.refreshLater();
    }
  }

  private _choose(item: IBlockItem): void {
    void this._front.outline?.goTo(item);
  }

  private async _end(item: IBlockItem): Promise<void> {
    const kernel = this._front.outline?.panel.sessionContext.session?.kernel;
    try {
      if (kernel) {
        await endBlock(kernel, item);
      }
    } catch (error) {
      Notification.error(error instanceof Error ? error.message : String(error));
    }
  }

  private readonly _front: Front;
  private readonly _blocks: BlocksView;
  private readonly _background: BackgroundView;
  private readonly _sessions: SessionsPanel;
  private _timer: number | null = null;
  private _isShared = false;
  private _ended = 0;
}

function section(label: string, node: HTMLElement): PanelWithToolbar {
  const made = new PanelWithToolbar();
  made.addClass('et-Section');
  made.title.label = label;
  made.addWidget(new Widget({ node }));
  return made;
}
