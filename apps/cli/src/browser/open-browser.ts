// Opens a link in the user's browser where there is one to see: not over SSH, in CI, in a pipe or
// without a desktop. The link is printed in any case; that opening it fails is no error.
import { spawn } from 'node:child_process';
import type { CliContext } from '../cli-context.js';

type Environment = CliContext['environment'];

/** The program that opens links on the platform, and its arguments. */
export function openerOf(platform: NodeJS.Platform, url: string): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open', url];
  // `start` is a command of the shell, whose first quoted argument is a title
  if (platform === 'win32') return ['cmd', '/c', 'start', '""', url.replaceAll('&', '^&')];
  return ['xdg-open', url];
}

/** Whether the user sits in front of a desktop of this machine. */
export function hasDesktop(platform: NodeJS.Platform, environment: Environment): boolean {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== '';
  if (['CI', 'SSH_CONNECTION', 'SSH_CLIENT', 'SSH_TTY'].some(isSet)) return false;
  if (platform === 'win32' || platform === 'darwin') return true;
  return isSet('DISPLAY') || isSet('WAYLAND_DISPLAY');
}

/** Whether a browser was started. */
export function openBrowser({ streams, environment }: CliContext, url: string): boolean {
  const { platform } = process;
  if (!streams.err.isTerminal || !hasDesktop(platform, environment)) return false;
  const [program, ...words] = openerOf(platform, url);
  const child = spawn(program, words, {
    detached: true,
    stdio: 'ignore',
    windowsVerbatimArguments: true,
  });
  child.on('error', () => undefined);
  child.unref();
  return true;
}
