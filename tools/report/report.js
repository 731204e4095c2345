// Draws the report's plots with Chart.js. Sets data-drawn on each canvas when it has been painted and
// data-errors on the page when something went wrong, for tests.
"use strict";
(() => {
  const page = document.documentElement;
  page.dataset.errors = "";
  const fail = (text) => { page.dataset.errors += text + "\n"; };
  window.addEventListener("error", (event) => fail(event.message));
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const colour = (name) => getComputedStyle(page).getPropertyValue("--" + name).trim();
  const faded = (name, alpha) => {
    const c = colour(name);
    return c + Math.round(alpha * 255).toString(16).padStart(2, "0");
  };
  const percent = (v) => 100 * v;
  const xy = (pair, extra) => ({ x: pair[0], y: percent(pair[1]), ...extra });
  const trimmed = (text) => (text.length > 90 ? text.slice(0, 88) + "…" : text);

  // ---- axes and options that all plots share
  const axis = (title, extra = {}) => ({
    type: "linear", title: { display: true, text: title, color: colour("muted") },
    grid: { color: colour("grid"), borderColor: colour("line") }, ticks: { color: colour("muted") }, ...extra,
  });
  const options = (x, y, extra = {}) => ({
    responsive: true, maintainAspectRatio: false, animation: false,
    interaction: { mode: "nearest", intersect: true }, scales: { x, y },
    plugins: {
      legend: {
        position: "top", align: "start",
        labels: { color: colour("text"), usePointStyle: true, boxWidth: 9, boxHeight: 7,
          filter: (item) => !item.text.startsWith("_") },
      },
      tooltip: { callbacks: { label: (c) => c.raw.text || `${c.dataset.label}: ${c.formattedValue}` } },
      ...extra,
    },
  });
  const dots = (label, data, name, extra = {}) => ({
    type: "scatter", label, data, borderColor: colour(name), backgroundColor: faded(name, 0.75),
    pointRadius: 4, pointHoverRadius: 6, ...extra,
  });
  const line = (label, data, name, extra = {}) => ({
    type: "line", label, data, borderColor: colour(name), backgroundColor: colour(name),
    borderWidth: 2, pointRadius: 0, tension: 0, pointStyle: "line", ...extra,
  });
  const range = (values, share = 0.06) => {
    const low = Math.min(...values), high = Math.max(...values);
    const room = (high - low || Math.abs(high) || 1) * share;
    return [low - room, high + room];
  };

  // ---- vertical line of the latency limit; bands of the training phases
  const limitLine = {
    id: "limitLine",
    afterDatasetsDraw(chart, _, opts) {
      if (opts.at == null) return;
      const { ctx, chartArea: area, scales: { x } } = chart;
      const at = x.getPixelForValue(opts.at);
      if (at < area.left || at > area.right) return;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = colour("red");
      ctx.setLineDash([5, 4]);
      ctx.beginPath(); ctx.moveTo(at, area.top); ctx.lineTo(at, area.bottom); ctx.stroke();
      ctx.font = "12px system-ui, sans-serif";
      ctx.textAlign = at > area.right - 110 ? "right" : "left";
      ctx.fillText(`limit ${Number(opts.at.toPrecision(4))} ms`, at + (ctx.textAlign === "right" ? -6 : 6), area.bottom - 8);
      ctx.restore();
    },
  };
  const whiskers = {  // of points that have a relative spread
    id: "whiskers",
    beforeDatasetsDraw(chart, _, opts) {
      if (!opts.on) return;
      const { ctx, chartArea: area, scales: { x, y } } = chart;
      ctx.save();
      ctx.beginPath(); ctx.rect(area.left, area.top, area.right - area.left, area.bottom - area.top); ctx.clip();
      ctx.lineWidth = 1;
      chart.data.datasets.forEach((set) => set.data.filter((p) => p.spread > 0).forEach((p) => {
        ctx.strokeStyle = set.borderColor;
        const at = x.getPixelForValue(p.x);
        ctx.beginPath();
        ctx.moveTo(at, y.getPixelForValue(p.y * (1 - p.spread)));
        ctx.lineTo(at, y.getPixelForValue(p.y * (1 + p.spread)));
        ctx.stroke();
      }));
      ctx.restore();
    },
  };
  const phaseBands = {
    id: "phaseBands",
    beforeDatasetsDraw(chart, _, opts) {
      if (!opts.phases || !opts.phases.length) return;
      const { ctx, chartArea: area, scales: { x } } = chart;
      const edge = (row) => (row <= 0 ? x.min : row >= opts.x.length ? x.max : (opts.x[row - 1] + opts.x[row]) / 2);
      ctx.save();
      ctx.font = "11px system-ui, sans-serif";
      opts.phases.forEach((phase, i) => {
        const next = i + 1 < opts.phases.length ? opts.phases[i + 1].row : opts.x.length;
        const left = x.getPixelForValue(edge(phase.row)), right = x.getPixelForValue(edge(next));
        ctx.fillStyle = i % 2 ? faded("muted", 0.03) : faded("muted", 0.1);
        ctx.fillRect(left, area.top, right - left, area.bottom - area.top);
        ctx.fillStyle = colour("muted");
        ctx.save();
        ctx.beginPath(); ctx.rect(left, area.top, right - left, 20); ctx.clip();
        ctx.fillText(phase.name, left + 5, area.top + 13);
        ctx.restore();
      });
      ctx.restore();
    },
  };
  const drawnMark = { id: "drawnMark", afterDraw(chart) { chart.canvas.dataset.drawn = "yes"; } };

  // ---- the plots, by the canvas's data-chart
  const words = (what, n, kind) => {
    const p = n[kind];
    return p && `${what}: ${p[0].toPrecision(3)} ms, ${percent(p[1]).toFixed(2)} %  ${trimmed(n.arch)}`;
  };
  const historyPlot = (series, title, scale, extra = {}) => {
    const { x, phases } = figures.history;
    const names = ["blue", "orange", "green", "purple", "teal", "red"];
    const sets = series.map((s, i) => line(s.name.replaceAll("_", " "),
      s.y.map((y, row) => ({ x: x[row], y: y == null ? null : y * scale })), names[i % names.length],
      { pointRadius: x.length < 40 ? 2.5 : 0, pointStyle: "circle", spanGaps: true }));
    return {
      data: { datasets: sets },
      options: options(axis("epoch", { min: x[0], max: x[x.length - 1], ticks: { color: colour("muted"), precision: 0 } }),
        axis(title, { grace: "12%", ...extra }), { phaseBands: { x, phases } }),
    };
  };
  const timed = (predicted, measured, arch) => ({ x: predicted, y: measured,
    text: `predicted ${predicted.toPrecision(3)} ms, measured ${measured.toPrecision(3)} ms  ${trimmed(arch)}` });
  const loopSets = (point) => {  // a set of points for each search of the device loop
    const names = ["blue", "orange", "green", "purple", "teal", "red"];
    const rounds = [...new Set(figures.loop.map((n) => n.round))].sort((a, b) => a - b);
    return rounds.map((round) => dots(round === 0 ? "with the profile" : `after search ${round}`,
      figures.loop.filter((n) => n.round === round).map(point),
      round === 0 ? "muted" : names[(round - 1) % names.length], { pointRadius: round === 0 ? 3 : 4 }));
  };
  const latencyPlot = (sets) => {
    const [low, high] = range(sets.flatMap((s) => s.data.flatMap((p) => [p.x, p.y])), 0.15).map((v) => Math.max(0, v));
    const at = (share) => [{ x: low, y: low * share }, { x: high, y: high * share }];
    const band = { borderWidth: 0, pointHitRadius: 0, pointRadius: 0 };
    const fixed = { min: low, max: high, ticks: { color: colour("muted"), includeBounds: false } };
    return {
      data: { datasets: [...sets,
        line("measured = predicted", at(1), "muted", { borderDash: [5, 4], borderWidth: 1.5 }),
        line("_low", at(0.9), "muted", band),
        line("within 10 %", at(1.1), "muted", { ...band, fill: "-1", backgroundColor: faded("muted", 0.13), pointStyle: "rect" })] },
      options: options(axis("predicted latency (ms)", fixed), axis("measured latency (ms)", fixed), { whiskers: { on: true } }),
    };
  };
  const plots = {
    pareto() {
      const known = (list, kind) => list.filter((n) => n[kind]);
      const winner = (n) => n.note.startsWith("winner");
      const measured = known(figures.finalists, "measured");
      const over = (n) => figures.limit_ms != null && n.measured[0] > figures.limit_ms;
      const point = (what, kind) => (n) => xy(n[kind], { text: words(what, n, kind) });
      const front = known(figures.front, "predicted").map(point("front, predicted", "predicted")).sort((a, b) => a.x - b.x);
      const sets = [];
      const add = (set) => { if (set.data.length) sets.push(set); };
      add(dots("winner, measured", measured.filter(winner).map(point("winner, measured", "measured")), "green",
        { pointStyle: "rectRot", pointRadius: 9, pointHoverRadius: 11, backgroundColor: colour("green") }));
      add(dots("finalists, measured (test)", measured.filter((n) => !winner(n) && !over(n)).map(point("measured", "measured")), "orange", { pointRadius: 5 }));
      add(dots("over the limit", measured.filter((n) => !winner(n) && over(n)).map(point("measured, over the limit", "measured")), "red",
        { pointStyle: "crossRot", pointRadius: 6, borderWidth: 2 }));
      if (figures.largest && figures.largest.measured) {
        add(dots("largest subnet, measured", [point("largest, measured", "measured")(figures.largest)], "purple", { pointStyle: "triangle", pointRadius: 7 }));
      }
      add(line("front, predicted (validation)", front, "blue", { pointRadius: 3, pointStyle: "circle", borderWidth: 1.5 }));
      measured.filter((n) => n.predicted).forEach((n) => sets.push(line("_link", [xy(n.predicted), xy(n.measured)], "muted",
        { borderWidth: 1, borderColor: faded("muted", 0.55), pointHitRadius: 0 })));
      const xs = sets.flatMap((s) => s.data.map((p) => p.x));
      const [low, high] = range(figures.limit_ms == null ? xs : [...xs, figures.limit_ms]);
      return {
        data: { datasets: sets },
        options: options(axis("latency (ms)", { min: Math.max(0, low), max: high, ticks: { color: colour("muted"), includeBounds: false } }),
          axis("accuracy (%)"), { limitLine: { at: figures.limit_ms } }),
      };
    },
    predictor() {
      const known = figures.subnets.filter((s) => s.predicted != null);
      const data = known.map((s) => ({ x: percent(s.accuracy), y: percent(s.predicted),
        text: `true ${percent(s.accuracy).toFixed(2)} %, predicted ${percent(s.predicted).toFixed(2)} %  ${trimmed(s.arch)}` }));
      const [low, high] = range(data.flatMap((p) => [p.x, p.y]));
      const ends = [{ x: low, y: low }, { x: high, y: high }];
      const fixed = { min: low, max: high, ticks: { color: colour("muted"), includeBounds: false } };
      return {
        data: { datasets: [dots(`${known.length} subnets`, data, "blue", { pointRadius: 3.5, backgroundColor: faded("blue", 0.5) }),
          line("predicted = true", ends, "muted", { borderDash: [5, 4], borderWidth: 1.5 })] },
        options: options(axis("true validation accuracy (%)", fixed), axis("predicted accuracy (%)", fixed)),
      };
    },
    latency_fit() {
      const data = figures.finalists.filter((n) => n.latency).map((n) => timed(n.latency[0], n.latency[1], n.arch));
      return latencyPlot([dots("finalists", data, "orange", { pointRadius: 5 })]);
    },
    loop: () => latencyPlot(loopSets((n) => ({ ...timed(n.predicted, n.measured, n.arch), spread: n.spread }))),
    loop_error() {
      const sets = loopSets((n) => ({ ...timed(n.predicted, n.measured, n.arch), y: percent(n.measured / n.predicted - 1) }));
      const points = sets.flatMap((s) => s.data);
      const [low, high] = range(points.map((p) => p.x));
      const [least, most] = range([...points.map((p) => p.y), -10, 10]);
      const at = (y) => [{ x: low, y }, { x: high, y }];
      const edge = { borderDash: [5, 4], borderWidth: 1 };
      return {
        data: { datasets: [...sets, line("_zero", at(0), "muted", { borderWidth: 1 }),
          line("_low", at(-10), "muted", edge), line("_high", at(10), "muted", edge)] },
        options: options(axis("predicted latency (ms)", { min: low, max: high, ticks: { color: colour("muted"), includeBounds: false } }),
          axis("measured against predicted (%)", { min: least, max: most, ticks: { color: colour("muted"), includeBounds: false } })),
      };
    },
    histogram() {
      const values = figures.subnets.map((s) => percent(s.accuracy));
      const [low, high] = range(values, 0.001), bins = Math.min(20, Math.max(5, Math.round(Math.sqrt(values.length))));
      const width = (high - low) / bins, counts = Array(bins).fill(0);
      values.forEach((v) => counts[Math.min(bins - 1, Math.floor((v - low) / width))]++);
      return {
        type: "bar",
        data: { datasets: [{ label: "subnets", backgroundColor: faded("blue", 0.7), barPercentage: 1, categoryPercentage: 0.94,
          data: counts.map((n, i) => ({ x: low + (i + 0.5) * width, y: n })) }] },
        options: options(axis("validation accuracy (%)", { offset: true, grid: { display: false } }), axis("subnets", { ticks: { color: colour("muted"), precision: 0 } })),
      };
    },
    search() {
      const { x, series } = figures.search;
      const names = { best: "blue", mean: "muted" };
      const sets = series.map((s) => line(s.name === "best" ? "best so far" : "mean of a generation",
        s.y.map((y, row) => ({ x: x[row], y: y == null ? null : percent(y) })), names[s.name], { spanGaps: true, stepped: s.name === "best" }));
      return {
        data: { datasets: sets },
        options: options(axis("evaluations", { min: x[0], max: x[x.length - 1] }), axis("predicted accuracy (%)", { grace: "12%" })),
      };
    },
    loss: () => historyPlot(figures.history.loss, "loss", 1),
    accuracy: () => {
      const all = figures.history.accuracy.flatMap((s) => s.y).filter((y) => y != null);
      return historyPlot(figures.history.accuracy, "accuracy (%)", Math.max(...all) <= 1 ? 100 : 1);
    },
    lr: () => historyPlot(figures.history.lr, "learning rate", 1, { beginAtZero: true }),
  };

  let charts = [];
  const draw = () => {
    charts.forEach((chart) => chart.destroy());
    charts = [];
    document.querySelectorAll("canvas[data-chart]").forEach((canvas) => {
      try {
        const plot = plots[canvas.dataset.chart]();
        charts.push(new Chart(canvas, { type: "scatter", ...plot, plugins: [limitLine, phaseBands, whiskers, drawnMark] }));
      } catch (error) {
        fail(`${canvas.dataset.chart}: ${error.message}`);
      }
    });
  };
  if (typeof Chart === "undefined") {
    document.querySelectorAll("figure.chart").forEach((figure) => figure.remove());
    page.dataset.charts = "none";
    return;
  }
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  draw();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  page.dataset.charts = String(charts.length);
})();
