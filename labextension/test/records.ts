/** Records as the kernel writes them. */
import { readRecord, type IRecord } from '../src/core/record';

/** A record of a successful block as it is saved in a notebook, with *changes*. */
export function written(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    version: 1,
    number: 3,
    status: 'success',
    exit_status: 0,
    pipestatus: [0],
    cwd: { before: '/home/ann/project' },
    stdout: { size_bytes: 0, lines: 0, left_out_bytes: 0 },
    stderr: { size_bytes: 0, lines: 0, left_out_bytes: 0 },
    shell: 'kept',
    background: false,
    signals_sent: [],
    input: [],
    volatile: {
      session: '3f9a2c41b07e',
      started: '2024-05-17T14:02:11.25+00:00',
      ended: '2024-05-17T14:02:11.59+00:00',
      duration_seconds: 0.34,
      host: 'host',
      shell_pid: 4711
    },
    ...changes
  };
}

/** The same, read. */
export function record(changes: Record<string, unknown> = {}): IRecord {
  return readRecord(written(changes));
}

/** A record of a block that has been running since 14:02:11. */
export function running(changes: Record<string, unknown> = {}): IRecord {
  const volatile = {
    session: '3f9a2c41b07e',
    started: '2024-05-17T14:02:11+00:00',
    host: 'host',
    shell_pid: 4711
  };
  return record({ status: 'running', exit_status: undefined, volatile, ...changes });
}
