// Draws the charts of a report from the data in the page, in the colours of the page, and again
// when width or colour scheme change.
(() => {
  const charts = JSON.parse(document.getElementById('charts').textContent);
  const styles = getComputedStyle(document.documentElement);
  const colour = (name) => styles.getPropertyValue(`--${name}`).trim();
  const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
  const text = (value) => {
    if (value === null || value === undefined) return '';
    if (value !== 0 && Math.abs(value) < 1e-2) return value.toExponential(1);
    return Math.abs(value) >= 1e4 ? COMPACT.format(value) : String(Number(value.toPrecision(4)));
  };
  const powers = (low, high) =>
    Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, i) => low * 10 ** i);
  const plots = [];

  function options(chart, width) {
    const axis = {
      stroke: colour('muted'),
      font: '12px system-ui, sans-serif',
      grid: { stroke: colour('line'), width: 1 },
      ticks: { show: false },
    };
    const series = chart.series.map((one, i) => {
      const stroke = one.reference ? colour('muted') : colour(`series-${(i % 4) + 1}`);
      const alone = chart.x.length === 1;
      return {
        label: one.label,
        stroke,
        width: 2,
        spanGaps: true,
        dash: one.reference ? [6, 6] : undefined,
        points: { show: one.dots === true || alone, size: 7, fill: stroke },
        value: (_, value) => text(value),
      };
    });
    return {
      width,
      height: chart.id === 'loss' ? 300 : 200,
      series: [
        { label: 'step', value: (_, value) => (value === null ? '' : String(value)) },
        ...series,
      ],
      scales: {
        x: { time: false },
        y: chart.logarithmic
          ? { distr: 3, range: (_, low, high) => uPlot.rangeLog(low, high, 10, true) }
          : { range: (_, low, high) => range(low, high, chart.fromZero) },
      },
      axes: [
        {
          ...axis,
          size: 32,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5],
        },
        {
          ...axis,
          size: 56,
          values: (_, splits) => splits.map(text),
          ...(chart.logarithmic ? { splits: (_, __, low, high) => powers(low, high) } : {}),
        },
      ],
      legend: { live: true },
      cursor: { drag: { x: true, y: false } },
    };
  }

  function range(low, high, fromZero) {
    if (low === null || high === null) return [0, 1];
    const pad = (high - (fromZero ? 0 : low)) * 0.06 || Math.abs(high) * 0.1 || 1;
    return [fromZero ? Math.min(0, low) : low - pad, high + pad];
  }

  function draw() {
    for (const plot of plots.splice(0)) plot.destroy();
    for (const chart of charts) {
      const place = document.getElementById(`chart-${chart.id}`);
      plots.push(
        new uPlot(
          options(chart, place.clientWidth),
          [chart.x, ...chart.series.map((one) => one.values)],
          place,
        ),
      );
    }
  }

  let [width, waiting] = [0, 0];
  addEventListener('resize', () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => {
      if (document.documentElement.clientWidth === width) return;
      width = document.documentElement.clientWidth;
      draw();
    });
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  width = document.documentElement.clientWidth;
  draw();
})();
