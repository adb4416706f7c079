/** Side panel: blocks, what runs and the environment of the notebook in front, kept sessions. */
import type { ITranslator } from '@jupyterlab/translation';
import { PanelWithToolbar, SidePanel } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { AccordionPanel, Widget } from '@lumino/widgets';

import type { IBlockItem } from '../core/blockitem';
import { isActive } from '../core/cellstate';
import { BlocksView } from './view';
import { BackgroundPanel } from '../background/section';
import { EnvironmentPanel } from '../environment/section';
import type { Front } from '../core/notebook/currentnotebook';
import { DOMAIN } from '../header/renderer';
import type { ISessionTools } from '../sessions/actions';
import { SessionsPanel } from '../sessions/section';

export const PANEL_ID = 'effecttalk-panel';
const TICK_MILLISECONDS = 1000;
// How the sections share the height, until somebody moves the lines between them.
const SHARES = [0.56, 0.16, 0, 0.28];
// Who wants it opens it; a closed one asks the kernel nothing.
const ENVIRONMENT = 2;
const SHARES_WITH_ENVIRONMENT = [0.32, 0.12, 0.38, 0.18];

/** The panel on the left side. */
export class BlocksPanel extends SidePanel {
  /** *front* is the notebook that it is about, *tools* have the sessions. */
  constructor(front: Front, tools: ISessionTools, translator: ITranslator) {
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
    this._background = new BackgroundPanel(front, trans);
    this._sessions = new SessionsPanel(tools, front, trans);
    this.addWidget(section(trans.__('Blocks'), this._blocks.node));
    this.addWidget(this._background);
    this.addWidget(new EnvironmentPanel(front, trans));
    this.addWidget(this._sessions);
    if (this.content instanceof AccordionPanel) {
      this.content.collapse(ENVIRONMENT);
    }
    front.changed.connect(this._show, this);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    if (!this._isShared && this.content instanceof AccordionPanel) {
      this._isShared = true;
      this.content.setRelativeSizes(SHARES);
      this.content.expansionToggled.connect(this._shareAgain, this);
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
    this._background.refresh();
    this._sessions.current = outline?.session ?? '';
    const ended = items?.filter(item => !isActive(item.state)).length ?? 0;
    if (ended !== this._ended) {
      this._ended = ended;
      this._sessions.refreshLater();
    }
  }

  /** Make room for the section that is closed at first, once. */
  private _shareAgain(content: AccordionPanel, section: number): void {
    if (section === ENVIRONMENT) {
      content.expansionToggled.disconnect(this._shareAgain, this);
      content.setRelativeSizes(SHARES_WITH_ENVIRONMENT);
    }
  }

  private _choose(item: IBlockItem): void {
    void this._front.outline?.goTo(item);
  }

  private readonly _front: Front;
  private readonly _blocks: BlocksView;
  private readonly _background: BackgroundPanel;
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
