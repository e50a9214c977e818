"use strict";
// The amplification curves of a run, drawn by ECharts, which is fetched where there are curves to draw.
// Colours are those of the verdicts, dashes tell the targets apart; the table beside says the same.

(() => {
  const place = document.querySelector("[data-curves]");
  if (!place) return;
  const at = (name) => place.querySelector(`[data-curves-${name}]`);
  const [canvas, none, fault, tools] = ["canvas", "none", "fault", "tools"].map(at);
  const [target, wells, log] = ["target", "wells", "log"].map(at);
  const dashes = ["solid", "dashed", "dotted", [12, 4, 2, 4], [2, 6], [16, 6]];

  const library = () =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = place.dataset.library;
      script.onload = () => resolve(window.echarts);
      script.onerror = reject;
      document.head.append(script);
    });

  const colour = (tone) => getComputedStyle(document.documentElement).getPropertyValue(`--${tone === "positive" ? "late" : tone}`).trim();

  const draw = (chart, curves) => {
    const targets = [...new Set(curves.map((one) => one.target))];
    const shown = curves.filter(
      (one) =>
        (!target.value || one.target === target.value) &&
        (!wells.value || (wells.value === "doubt" ? !["done", "working"].includes(one.tone) : one.well === wells.value)),
    );
    const height = (value) => (value === null || (log.checked && value <= 0) ? null : value);
    chart.setOption(
      {
        animation: false,
        grid: { left: 64, right: 24, top: 16, bottom: 48 },
        tooltip: { renderMode: "richText", confine: true, formatter: (point) => point.seriesName },
        xAxis: { type: "value", min: 1, max: "dataMax", minInterval: 1, name: place.dataset.cycle, nameLocation: "middle", nameGap: 28 },
        yAxis: { type: log.checked ? "log" : "value", axisLabel: { formatter: (value) => value.toLocaleString(document.documentElement.lang) } },
        series: shown.map((one) => ({
          type: "line",
          name: [one.well, one.sample, one.target, one.label].filter(Boolean).join(" · "),
          data: one.values.map((value, cycle) => [cycle + 1, height(value)]),
          showSymbol: false,
          triggerLineEvent: true,
          lineStyle: { width: 2, type: dashes[targets.indexOf(one.target) % dashes.length], color: colour(one.tone) },
          itemStyle: { color: colour(one.tone) },
          emphasis: { focus: "series", lineStyle: { width: 4 } },
          blur: { lineStyle: { opacity: 0.15 } },
        })),
      },
      { notMerge: true },
    );
    place.dataset.drawn = String(shown.length);
  };

  const start = async () => {
    const answer = await fetch(place.dataset.curves, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const { curves } = await answer.json();
    if (!curves.length) {
      none.hidden = false;
      return;
    }
    for (const name of [...new Set(curves.map((one) => one.target))]) target.add(new Option(name, name));
    for (const name of [...new Set(curves.map((one) => one.well))]) wells.add(new Option(name, name));
    if ([...wells.options].some((one) => one.value === place.dataset.well)) wells.value = place.dataset.well;
    const echarts = await library();
    tools.hidden = false;
    canvas.hidden = false;
    const chart = echarts.init(canvas, null, { renderer: "canvas" });
    new ResizeObserver(() => chart.resize()).observe(canvas);
    const again = () => draw(chart, curves);
    for (const box of [target, wells, log]) box.addEventListener("change", again);
    again();
  };

  start().catch(() => {
    fault.hidden = false;
  });
})();
