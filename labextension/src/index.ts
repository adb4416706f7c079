/** The extension's plugins; each can be disabled by itself. */
import { actions } from './plugins/actions';
import { answer } from './plugins/answer';
import { badges } from './plugins/badges';
import { blocks } from './plugins/blocks';
import { filter } from './plugins/filter';
import { panel } from './plugins/panel';
import { running } from './plugins/running';
import { status } from './plugins/status';
import { catchup } from './plugins/catchup';
import { terminal } from './plugins/terminal';
import { toolbar } from './plugins/toolbar';
import { notifications } from './plugins/notifications';

export type { IBlocks } from './tokens';

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
