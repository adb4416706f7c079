/** The extension's plugins; each can be disabled by itself. */
import { actions } from './actions/plugin';
import { answer } from './answer/plugin';
import { badges } from './badge/plugin';
import { blocks } from './core/plugin';
import { filter } from './filter/plugin';
import { panel } from './panel/plugin';
import { running } from './running/plugin';
import { status } from './status/plugin';
import { catchup } from './catchup/plugin';
import { terminal } from './terminal/plugin';
import { toolbar } from './toolbar/plugin';
import { notifications } from './notifications/plugin';

export type { IBlockTracker } from './core/tokens';

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
