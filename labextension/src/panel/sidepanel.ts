/** The side panel, which consists of sections. */
import type { ITranslator } from '@jupyterlab/translation';
import { PanelWithToolbar, SidePanel } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { AccordionPanel, Widget } from '@lumino/widgets';

import { BackgroundSection } from '../background/section';
import type { IBlockItem } from '../core/blockitem';
import { isActive } from '../core/cellstate';
import type { CurrentNotebook } from '../core/notebook/currentnotebook';
import { TRANSLATION_DOMAIN } from '../core/translation';
import { EnvironmentSection } from '../environment/section';
import type { ISessionTools } from '../sessions/actions';
import { SessionsSection } from '../sessions/section';
import { BlocksView } from './view';

export const PANEL_ID = 'effecttalk-panel';
const TICK_MILLISECONDS = 1000;
// How the sections share the height until the user resizes them.
const SECTION_SIZES = [0.56, 0.16, 0, 0.28];
// Collapsed at first; a collapsed section sends no requests to the kernel.
const ENVIRONMENT_INDEX = 2;
const SECTION_SIZES_WITH_ENVIRONMENT = [0.32, 0.12, 0.38, 0.18];

/** The panel on the left. */
export class BlocksPanel extends SidePanel {
  /** *currentNotebook* is the notebook that the panel is about; *tools* are for the sessions. */
  constructor(currentNotebook: CurrentNotebook, tools: ISessionTools, translator: ITranslator) {
    super({ translator });
    const trans = translator.load(TRANSLATION_DOMAIN);
    this.id = PANEL_ID;
    this.addClass('et-Panel');
    this.title.caption = trans.__('EffectTalk blocks');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('EffectTalk blocks'));
    this._currentNotebook = currentNotebook;
    this._blocks = new BlocksView(trans, item => {
      this._goTo(item);
    });
    this._background = new BackgroundSection(currentNotebook, trans);
    this._sessions = new SessionsSection(tools, currentNotebook, trans);
    this.addWidget(createSection(trans.__('Blocks'), this._blocks.node));
    this.addWidget(this._background);
    this.addWidget(new EnvironmentSection(currentNotebook, trans));
    this.addWidget(this._sessions);
    if (this.content instanceof AccordionPanel) {
      this.content.collapse(ENVIRONMENT_INDEX);
    }
    currentNotebook.changed.connect(this._update, this);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    if (!this._isSized && this.content instanceof AccordionPanel) {
      this._isSized = true;
      this.content.setRelativeSizes(SECTION_SIZES);
      this.content.expansionToggled.connect(this._onSectionToggled, this);
    }
    this._timer ??= window.setInterval(() => {
      this._blocks.tick();
      this._background.tick();
    }, TICK_MILLISECONDS);
    this._update();
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

  private _update(): void {
    if (!this.isVisible) {
      return;
    }
    const { blockList } = this._currentNotebook;
    const items = blockList?.items ?? null;
    this._blocks.show(items, blockList?.activeCell ?? null);
    this._background.refresh();
    this._sessions.current = blockList?.session ?? '';
    const ended = items?.filter(item => !isActive(item.state)).length ?? 0;
    if (ended !== this._ended) {
      this._ended = ended;
      this._sessions.refreshLater();
    }
  }

  /** Make room for the environment section when it is expanded for the first time. */
  private _onSectionToggled(content: AccordionPanel, section: number): void {
    if (section === ENVIRONMENT_INDEX) {
      content.expansionToggled.disconnect(this._onSectionToggled, this);
      content.setRelativeSizes(SECTION_SIZES_WITH_ENVIRONMENT);
    }
  }

  private _goTo(item: IBlockItem): void {
    void this._currentNotebook.blockList?.goTo(item);
  }

  private readonly _currentNotebook: CurrentNotebook;
  private readonly _blocks: BlocksView;
  private readonly _background: BackgroundSection;
  private readonly _sessions: SessionsSection;
  private _timer: number | null = null;
  private _isSized = false;
  private _ended = 0;
}

function createSection(label: string, node: HTMLElement): PanelWithToolbar {
  const section = new PanelWithToolbar();
  section.addClass('et-Section');
  section.title.label = label;
  section.addWidget(new Widget({ node }));
  return section;
}
