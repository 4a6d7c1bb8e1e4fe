// Connects the controls above the charts with the charts.
import { isLogarithmic } from '../src/chart/chart-view.js';
import type { Move } from '../src/chart/range.js';
import { byId, inputById } from './by-id.js';
import type { ChartBoard } from './chart-board.js';

const BUTTONS: Readonly<Record<string, Move>> = {
  'zoom-in': 'in',
  'zoom-out': 'out',
  earlier: 'earlier',
  later: 'later',
  whole: 'whole',
};

/** `aria-disabled` and not `disabled`: a button that has the focus keeps it. */
function setDisabled(id: string, disabled: boolean): void {
  byId(id).setAttribute('aria-disabled', String(disabled));
}

export function connectToolbar(board: ChartBoard): void {
  const [logarithmic, skipFirst] = [inputById('logarithmic'), inputById('skip-first')];
  const smoothing = inputById('smoothing');
  logarithmic.addEventListener('change', () => board.set({ logarithmic: logarithmic.checked }));
  skipFirst.addEventListener('change', () => board.set({ skipFirst: skipFirst.checked }));
  smoothing.addEventListener('input', () => board.set({ smoothing: Number(smoothing.value) }));
  for (const [id, move] of Object.entries(BUTTONS))
    byId(id).addEventListener('click', () => board.move(move));
  board.onChange = () => {
    const { charts, settings } = board;
    const [first] = charts;
    byId('toolbar').hidden = first === undefined;
    byId('no-steps').hidden = first !== undefined;
    // a browser may remember the controls of an earlier visit
    logarithmic.checked = first !== undefined && isLogarithmic(first, settings);
    skipFirst.checked = settings.skipFirst;
    smoothing.value = String(settings.smoothing);
    byId('smoothing-value').textContent =
      settings.smoothing === 0 ? 'off' : settings.smoothing.toFixed(2);
    for (const id of ['zoom-out', 'earlier', 'later', 'whole'])
      setDisabled(id, settings.range === undefined);
  };
}
