/** The outputs of a block as the server has them in its store. */
import { ServerConnection } from '@jupyterlab/services';

import { asObject } from '../core/json';
import { requestAPI, RequestError } from '../core/request';
import type { IBlockId, Output } from './model';

/** Outputs in the store. */
export interface IStoredOutputs {
  readonly isRunning: boolean;
  readonly outputs: readonly Output[];
}

/** The outputs, or why there are none: the same as before, no such block, or no answer for now. */
export type StoredResult = IStoredOutputs | 'unchanged' | 'unknown' | 'unreachable';

/** Fetches the outputs of one block repeatedly; an ETag makes that cheap while nothing changes. */
export class StoredOutputs {
  constructor(
    { session, number }: IBlockId,
    private readonly _settings: ServerConnection.ISettings
  ) {
    this._path = ['blocks', `${session}-${number}`, 'outputs'];
  }

  /** Fetch the outputs. */
  async fetch(): Promise<StoredResult> {
    const headers: Record<string, string> = this._tag === '' ? {} : { 'If-None-Match': this._tag };
    try {
      const response = await requestAPI(this._path, { headers }, this._settings);
      if (response.status === 304) {
        return 'unchanged';
      }
      const stored = readStored(await response.json());
      this._tag = response.headers.get('ETag') ?? '';
      return stored ?? 'unknown';
    } catch (error) {
      if (error instanceof RequestError) {
        return error.status === 404 ? 'unknown' : 'unreachable';
      }
      if (error instanceof ServerConnection.NetworkError || error instanceof SyntaxError) {
        return 'unreachable';
      }
      throw error;
    }
  }

  private readonly _path: readonly string[];
  private _tag = '';
}

function readStored(data: unknown): IStoredOutputs | null {
  const { is_running: isRunning, outputs } = asObject(data);
  if (typeof isRunning !== 'boolean' || !Array.isArray(outputs)) {
    return null;
  }
  return outputs.every(isOutput) ? { isRunning, outputs } : null;
}

function isOutput(value: unknown): value is Output {
  return typeof value === 'object' && value !== null && 'output_type' in value;
}
