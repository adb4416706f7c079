/** The panel's background section: running blocks and their last lines of output. */
import { Notification } from '@jupyterlab/apputils';
import { isCodeCellModel } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { PanelWithToolbar } from '@jupyterlab/ui-components';
import { AccordionPanel, Widget } from '@lumino/widgets';

import { unfinishedBlocks, type IBlockItem } from '../core/blockitem';
import { BackgroundView } from './view';
import { endBlock } from '../core/notebook/endblock';
import type { CurrentNotebook } from '../core/notebook/currentnotebook';
import type { BlockListModel } from '../core/notebook/blocklist';
import { OutputTail } from './outputtail';
import { errorMessage } from '../core/errors';

// Enough for twenty lines and two entries.
const MIN_HEIGHT_PIXELS = 270;
// Long enough to read a sentence.
const SHOWN_MILLISECONDS = 10_000;

/** Lists the running blocks of the current notebook, and stops them. */
export class BackgroundSection extends PanelWithToolbar {
  constructor(currentNotebook: CurrentNotebook, trans: TranslationBundle) {
    super();
    this._currentNotebook = currentNotebook;
    this.addClass('et-Section');
    this.title.label = trans.__('Background');
    this._view = new BackgroundView(trans, {
      goToCell: item => void this._blockList?.goTo(item),
      end: item => void this._endBlock(item),
      followOutput: (item, show) => this._follow(item, show)
    });
    this.addWidget(new Widget({ node: this._view.node }));
  }

  /** Show the blocks that are running now. */
  refresh(): void {
    const { blockList } = this._currentNotebook;
    if (blockList !== this._blockList) {
      this._blockList = blockList;
      this._view.show([]);
    }
    this._view.show(unfinishedBlocks(blockList?.items ?? []));
  }

  /** Update the durations. */
  tick(): void {
    this._view.tick();
  }

  /** Show the last lines of a block from now on; return a function that stops this. */
  private _follow(item: IBlockItem, show: (text: string) => void): () => void {
    const cells = this._blockList?.panel.content.widgets ?? [];
    const model = cells.find(cell => cell.model.id === item.cell)?.model;
    if (model === undefined || !isCodeCellModel(model)) {
      return () => undefined;
    }
    this._enlarge();
    const tail = new OutputTail(model, show);
    return () => {
      tail.dispose();
    };
  }

  /**
   * Enlarge the section so that the lines can be read, at the expense of the tallest other section.
   */
  private _enlarge(): void {
    const sections = this.parent;
    if (!(sections instanceof AccordionPanel)) {
      return;
    }
    const heights = sections.widgets.map(one => (one.isHidden ? 0 : one.node.offsetHeight));
    const own = sections.widgets.indexOf(this);
    const highest = heights.indexOf(Math.max(...heights));
    const all = heights.reduce((sum, height) => sum + height, 0);
    const missing = Math.min(MIN_HEIGHT_PIXELS, all / 2) - (heights[own] ?? 0);
    if (missing > 0 && highest !== own) {
      const changes = heights.map((_, at) =>
        at === own ? missing : at === highest ? -missing : 0
      );
      sections.setRelativeSizes(heights.map((height, at) => height + (changes[at] ?? 0)));
    }
  }

  private async _endBlock(item: IBlockItem): Promise<void> {
    try {
      if (this._blockList !== null) {
        await endBlock(this._blockList, item);
      }
    } catch (error) {
      const message = errorMessage(error);
      Notification.error(message, { autoClose: SHOWN_MILLISECONDS });
    }
  }

  private readonly _currentNotebook: CurrentNotebook;
  private readonly _view: BackgroundView;
  private _blockList: BlockListModel | null = null;
}
