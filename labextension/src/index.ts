/** The extension's plugins; each can be disabled by itself. */
import { actions } from './plugins/actions';
import { badges } from './plugins/badges';
import { blocks } from './plugins/blocks';
import { panel } from './plugins/panel';
import { status } from './plugins/status';
import { catchup } from './plugins/catchup';
import { terminal } from './plugins/terminal';
import { notifications } from './plugins/notifications';

export type { IBlocks } from './tokens';

export default [blocks, badges, actions, terminal, panel, status, catchup, notifications];
