// A supervisor of as many processes as its argument says. It passes SIGINT on, the second one as
// the last, and says how all have ended.
import { fileURLToPath } from 'node:url';
import { Supervisor } from '../../src/index.js';

const supervisor = new Supervisor({
  count: Number(process.argv[2]),
  command: process.execPath,
  args: [fileURLToPath(new URL('./rank.js', import.meta.url))],
  environment: process.env,
  killAfterSeconds: 2,
  write: (text) => process.stdout.write(text),
  showError: (text) => process.stdout.write(`${JSON.stringify({ error: text })}\n`),
});
let signals = 0;
process.on('SIGINT', () => supervisor.signal('SIGINT', ++signals > 1));
process.stdout.write(`${JSON.stringify({ end: await supervisor.ended() })}\n`);
