// How the fake hub answers a request for a file: whole or from a byte on, and with the fault that a
// test asks for.
import type { ServerResponse } from 'node:http';

export type Fault =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly text?: string | Buffer;
    }
  | { readonly cutAfter: number }
  | { readonly bytes: Buffer }
  | { readonly stallAfter: number }
  | { readonly wholeFile: true };

export interface Seen {
  readonly host: 'hub' | 'cdn';
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
  readonly body: Buffer;
}

export function sendFile(
  response: ServerResponse,
  whole: Buffer,
  { range, method }: Seen,
  fault: Fault | undefined,
  headers: Readonly<Record<string, string>>,
): void {
  const asked =
    fault !== undefined && 'wholeFile' in fault
      ? undefined
      : /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
  const from = Number(asked ?? 0);
  const content = (fault !== undefined && 'bytes' in fault ? fault.bytes : whole).subarray(from);
  response.writeHead(asked === undefined ? 200 : 206, {
    ...headers,
    'content-length': String(content.length),
    ...(asked === undefined
      ? {}
      : { 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` }),
  });
  if (method === 'HEAD') return void response.end();
  if (fault !== undefined && ('cutAfter' in fault || 'stallAfter' in fault)) {
    const length = 'cutAfter' in fault ? fault.cutAfter : fault.stallAfter;
    response.write(
      content.subarray(0, length),
      () => void ('cutAfter' in fault && setTimeout(() => response.destroy(), 5)),
    );
    return;
  }
  response.end(content);
}
