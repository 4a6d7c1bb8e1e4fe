// The script of the page: draws the charts in the width of the screen and under the reader's
// settings, lets the reader point, zoom and smooth, and on a live page replaces what has changed.
import type { Chart } from '../src/chart/chart.js';
import { ChartBoard } from './chart-board.js';
import { byId } from './by-id.js';
import { followRun } from './follow-run.js';
import { connectToolbar } from './toolbar.js';

const charts = JSON.parse(byId('chart-data').textContent ?? '[]') as readonly Chart[];
const board = new ChartBoard(byId('charts'));
connectToolbar(board);
board.show(charts);
if (document.body.dataset['live'] !== undefined) followRun(board);
