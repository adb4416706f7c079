/** Writing an exported session to a new file. */
import { InputDialog } from '@jupyterlab/apputils';
import { ServerConnection, type Contents } from '@jupyterlab/services';

import { numberedName } from './model';
import type { ITranslationBundle } from '../core/translation';

/** A notebook to be written. */
export interface INewNotebookFile {
  /** The title of the dialog. */
  readonly title: string;
  /** The suggested path. */
  readonly path: string;
  /** Return the content of the notebook. */
  content(): Promise<unknown>;
}

/**
 * Ask for a path and write a notebook there, never over a file. Return the path; null if cancelled.
 */
export async function writeNotebook(
  contents: Contents.IManager,
  { title, path, content }: INewNotebookFile,
  trans: ITranslationBundle
): Promise<string | null> {
  let label = trans.__('Save as a new file:');
  let offered = await findFreePath(contents, path);
  for (;;) {
    const { button, value } = await InputDialog.getText({
      title,
      label,
      text: offered,
      okLabel: trans.__('Open')
    });
    const path = withExtension(value?.trim() ?? '');
    if (!button.accept || path === '') {
      return null;
    }
    if (!(await exists(contents, path))) {
      await contents.save(path, { type: 'notebook', format: 'json', content: await content() });
      return path;
    }
    label = trans.__('%1 already exists. Save as another file:', path);
    offered = await findFreePath(contents, path);
  }
}

async function findFreePath(contents: Contents.IManager, path: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const candidate = numberedName(path, number);
    if (!(await exists(contents, candidate))) {
      return candidate;
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
