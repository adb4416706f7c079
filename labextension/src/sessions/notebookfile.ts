/** Session notebook: writes a session that was exported into a new file. */
import { InputDialog } from '@jupyterlab/apputils';
import { ServerConnection, type Contents } from '@jupyterlab/services';

import { numberedName } from './model';
import type { ITranslationBundle } from '../core/translation';

/** What is to be written. */
export interface INewNotebookFile {
  /** What somebody is asked. */
  readonly title: string;
  /** Where it should be. */
  readonly path: string;
  /** Return what is in it. */
  content(): Promise<unknown>;
}

/** Write a notebook where somebody wants it, never over a file; return its path, null: nowhere. */
export async function writeNotebook(
  contents: Contents.IManager,
  { title, path, content }: INewNotebookFile,
  trans: ITranslationBundle
): Promise<string | null> {
  let label = trans.__('It is written into a new file:');
  let offered = await findFreePath(contents, path);
  for (;;) {
    const { button, value } = await InputDialog.getText({
      title,
      label,
      text: offered,
      okLabel: trans.__('Open')
    });
    const wanted = withExtension(value?.trim() ?? '');
    if (!button.accept || wanted === '') {
      return null;
    }
    if (!(await exists(contents, wanted))) {
      await contents.save(wanted, { type: 'notebook', format: 'json', content: await content() });
      return wanted;
    }
    label = trans.__('%1 is there already. Into another new file:', wanted);
    offered = await findFreePath(contents, wanted);
  }
}

async function findFreePath(contents: Contents.IManager, path: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const found = numberedName(path, number);
    if (!(await exists(contents, found))) {
      return found;
    }
  }
}

async function exists(contents: Contents.IManager, path: string): Promise<boolean> {
  try {
    await contents.get(path, { content: false });
    return true;
  } catch (error) {
    if (error instanceof ServerConnection.ResponseError && error.response.status === 404) {
      return false;
    }
    throw error;
  }
}

function withExtension(path: string): string {
  return path === '' || path.endsWith('.ipynb') ? path : `${path}.ipynb`;
}
