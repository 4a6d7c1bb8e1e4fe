// Who may ask for a page on loopback. Other programs and web pages of this machine can reach the
// port too: a request needs the token that is in the printed link, and must be addressed to a
// loopback name with the port, because a foreign name may be made to lead here (DNS rebinding).
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const TOKEN_BYTES = 24;
/** The port that a Host header may leave out. */
const HTTP_PORT = 80;

export const newPageToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes as long for a token that is nearly right as for any other. */
export const isToken = (token: string, given: string | null): boolean =>
  timingSafeEqual(digest(token), digest(given ?? ''));

/** Whether the Host header names this machine's loopback and the port. */
export function isLoopbackHost(host: string | undefined, port: number): boolean {
  const names = ['127.0.0.1', 'localhost'];
  const hosts = names.flatMap((name) => [`${name}:${port}`, ...(port === HTTP_PORT ? [name] : [])]);
  return host !== undefined && hosts.includes(host.toLowerCase());
}
