// What the reader can choose for all charts at once. The page's script shows it, because without
// the script it would do nothing.
import { html, type Markup } from '../format/markup.js';

/** The strongest smoothing that can be chosen. */
const STRONGEST = 0.98;

export const toolbar = (): Markup => html`<div class="toolbar" id="toolbar" role="group"
aria-label="How the charts are drawn" hidden>
<label><input type="checkbox" id="logarithmic"> logarithmic axis</label>
<label><input type="checkbox" id="skip-first" checked>
first tenth does not stretch the scale</label>
<label>smoothing
<input type="range" id="smoothing" min="0" max="${STRONGEST}" step="0.02" value="0">
<output id="smoothing-value" for="smoothing">off</output></label>
<span class="buttons">
<button type="button" id="zoom-in">Zoom in</button>
<button type="button" id="zoom-out">Zoom out</button>
<button type="button" id="earlier">Earlier</button>
<button type="button" id="later">Later</button>
<button type="button" id="whole">Whole run</button>
</span>
<p class="note">Drag across a chart to zoom, double-click for the whole run. In a chart that has the
focus, arrow keys move along the steps, + and - zoom, 0 shows the whole run.</p>
</div>`;
