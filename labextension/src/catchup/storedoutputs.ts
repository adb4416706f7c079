/** Kept: what the store has of the output of a block, by the server's route. */
import { ServerConnection } from '@jupyterlab/services';

import type { IBlockId, Output } from './model';

/** What is kept of a block. */
export interface IStoredOutputs {
  readonly isRunning: boolean;
  readonly outputs: readonly Output[];
}

/** What came of asking: what is kept, nothing new since, no such block, or no answer for now. */
export type StoredResult = IStoredOutputs | 'unchanged' | 'unknown' | 'unreachable';

/** Asks again and again for the outputs of one block; what has not changed costs nothing. */
export class StoredOutputs {
  /** Ask with these *settings* of the server. */
  constructor(block: IBlockId, settings: ServerConnection.ISettings) {
    const name = encodeURIComponent(`${block.session}-${block.number}`);
    this._address = `${settings.baseUrl}effecttalk/api/blocks/${name}/outputs`;
    this._settings = settings;
  }

  /** Ask now. */
  async fetch(): Promise<StoredResult> {
    const headers: Record<string, string> = this._tag === '' ? {} : { 'If-None-Match': this._tag };
    try {
      const response = await ServerConnection.makeRequest(
        this._address,
        { headers },
        this._settings
      );
      if (response.status === 304) {
        return 'unchanged';
      }
      if (!response.ok) {
        return response.status === 404 ? 'unknown' : 'unreachable';
      }
      const kept = readStored(await response.json());
      this._tag = response.headers.get('ETag') ?? '';
      return kept ?? 'unknown';
    } catch (error) {
      if (error instanceof ServerConnection.NetworkError || error instanceof SyntaxError) {
        return 'unreachable';
      }
      throw error;
    }
  }

  private readonly _address: string;
  private readonly _settings: ServerConnection.ISettings;
  private _tag = '';
}

function readStored(data: unknown): IStoredOutputs | null {
  const { is_running: isRunning, outputs } = data as { is_running?: unknown; outputs?: unknown };
  if (typeof isRunning !== 'boolean' || !Array.isArray(outputs)) {
    return null;
  }
  return outputs.every(isOutput) ? { isRunning, outputs } : null;
}

function isOutput(value: unknown): value is Output {
  return typeof value === 'object' && value !== null && 'output_type' in value;
}
