"use strict";
(() => {
  const box = document.getElementById("points");
  if (!box) return;
  const d = JSON.parse(box.dataset.points), last = d.bar.length - 1;
  const x = d.bar.map(bar => d.left + (d.right - d.left) * bar / Math.max(d.bar[last], 1e-9));
  const svgs = [...document.querySelectorAll("svg[data-subject]")].filter(s => d.shows[s.dataset.subject]);
  const make = (svg, tag, of) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const name in of) node.setAttribute(name, of[name]);
    return svg.appendChild(node);
  };
  const parts = svgs.map(svg => ({
    svg, cross: make(svg, "path", {class: "cross"}),
    text: make(svg, "text", {x: d.right, y: 8, "text-anchor": "end"}),
  }));
  const shown = (value, unit) => value === null ? "–" : (unit ? value.toFixed(2) + unit :
    value.toLocaleString("en-US", {maximumSignificantDigits: 6})).replace("-", "−");
  const show = i => {
    const time = i < 0 ? "" : new Date(d.start + d.bar[i] * d.step).toISOString().slice(0, 16).replace("T", " ");
    for (const {svg, cross, text} of parts) {
      cross.setAttribute("d", i < 0 ? "" : `M${x[i].toFixed(1)} ${d.top}V${svg.viewBox.baseVal.height - d.below}`);
      text.textContent = i < 0 ? "" : [time, ...d.shows[svg.dataset.subject]
        .map(([name, label, unit]) => `${label} ${shown(d[name][i], unit)}`)].join("  ·  ");
    }
  };
  const nearest = at => {
    let low = 0, high = last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (x[middle] < at) low = middle + 1; else high = middle;
    }
    return low > 0 && at - x[low - 1] < x[low] - at ? low - 1 : low;
  };
  for (const {svg} of parts) {
    svg.addEventListener("pointermove", event => {
      const frame = svg.getBoundingClientRect();
      const at = (event.clientX - frame.left) * svg.viewBox.baseVal.width / frame.width;
      show(at < d.left - 4 || at > d.right + 4 ? -1 : nearest(at));
    });
    svg.addEventListener("pointerleave", () => show(-1));
  }
})();
