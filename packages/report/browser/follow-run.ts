// The live page: gets the view of the run again whenever it has changed, by server-sent events, and
// puts into the page what differs. What is open, has the focus or is zoomed stays as it is.
import type { RunView } from '../src/run-view.js';
import { byId } from './by-id.js';
import type { ChartBoard } from './chart-board.js';

const SAYS = {
  live: 'Live: this page follows the run.',
  over: 'The run has ended.',
  lost: 'The connection is lost; trying again.',
  ended: 'The run has ended; this page no longer changes.',
} as const;

/** The server's token is in the address of the page, and goes into the address of each request. */
export function followRun(board: ChartBoard): void {
  const shown = new Map<string, string>();
  const say = (text: string): void => {
    const place = byId('live');
    if (place.textContent !== text) place.textContent = text;
  };
  const events = new EventSource(`events${location.search}`);
  events.addEventListener('view', ({ data }: MessageEvent<string>) => {
    const { status, parts, charts } = JSON.parse(data) as RunView;
    for (const [name, text] of Object.entries(parts)) {
      if (shown.get(name) !== text) replacePart(byId(name), text);
      shown.set(name, text);
    }
    board.show(charts);
    say(status === 'running' ? SAYS.live : SAYS.over);
  });
  events.addEventListener('end', ({ data }: MessageEvent<string>) => {
    events.close();
    say(data === '' ? SAYS.ended : data);
  });
  events.addEventListener('error', () => say(SAYS.lost));
}

/** The text comes from the page's own server, whose templates escape every value. */
function replacePart(element: HTMLElement, text: string): void {
  const open = [...element.querySelectorAll('details')].map((details) => details.open);
  const focusable = (): readonly HTMLElement[] => [
    ...element.querySelectorAll<HTMLElement>('summary, [tabindex]'),
  ];
  const focused = focusable().findIndex((one) => one === document.activeElement);
  const scrolled = [...element.querySelectorAll('.scroll')].map(({ scrollLeft }) => scrollLeft);
  element.innerHTML = text;
  element.hidden = text === '';
  for (const [i, details] of element.querySelectorAll('details').entries())
    details.open = open[i] ?? details.open;
  for (const [i, box] of element.querySelectorAll('.scroll').entries())
    box.scrollLeft = scrolled[i] ?? 0;
  if (focused >= 0) focusable()[focused]?.focus({ preventScroll: true });
}
