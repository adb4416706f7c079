/** The plugins of the extension; each can be disabled on its own. */
import { actions } from './actions/plugin';
import { answer } from './answer/plugin';
import { badges } from './badge/plugin';
import { catchup } from './catchup/plugin';
import { blocks } from './core/plugin';
import { filter } from './filter/plugin';
import { notifications } from './notifications/plugin';
import { panel } from './panel/plugin';
import { running } from './running/plugin';
import { status } from './status/plugin';
import { terminal } from './terminal/plugin';
import { toolbar } from './toolbar/plugin';

export type { IBlockTracker, INotebookBlocks } from './core/tokens';

export default [
  blocks,
  badges,
  answer,
  actions,
  filter,
  terminal,
  panel,
  status,
  catchup,
  notifications,
  toolbar,
  running
];
