"use strict";
(() => {
  const box = document.getElementById("points");
  if (!box) return;
  const d = JSON.parse(box.dataset.points), last = d.x.length - 1;
  const svgs = [...document.querySelectorAll("svg[data-subject]")].filter(s => d.shows[s.dataset.subject]);
  const make = (svg, tag, of) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const name in of) node.setAttribute(name, of[name]);
    return svg.appendChild(node);
  };
  const parts = svgs.map(svg => ({
    svg, cross: make(svg, "path", {class: "cross"}),
    text: make(svg, "text", {x: d.edges[1], y: 8, "text-anchor": "end"}),
  }));
  const shown = (value, unit) => unit ? value.toFixed(2) + unit :
    value.toLocaleString("en-US", {maximumSignificantDigits: 6});
  const show = i => {
    const time = i < 0 ? "" : new Date(d.start + d.bar[i] * d.step).toISOString().slice(0, 16).replace("T", " ");
    for (const {svg, cross, text} of parts) {
      cross.setAttribute("d", i < 0 ? "" : `M${d.x[i]} 14V${svg.viewBox.baseVal.height - 26}`);
      text.textContent = i < 0 ? "" : [time, ...d.shows[svg.dataset.subject]
        .map(([name, label, unit]) => `${label} ${shown(d[name][i], unit)}`)].join("   ");
    }
  };
  const nearest = x => {
    let low = 0, high = last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (d.x[middle] < x) low = middle + 1; else high = middle;
    }
    return low > 0 && x - d.x[low - 1] < d.x[low] - x ? low - 1 : low;
  };
  for (const {svg} of parts) {
    svg.addEventListener("pointermove", event => {
      const frame = svg.getBoundingClientRect();
      const x = (event.clientX - frame.left) * svg.viewBox.baseVal.width / frame.width;
      show(x < d.edges[0] - 4 || x > d.edges[1] + 4 ? -1 : nearest(x));
    });
    svg.addEventListener("pointerleave", () => show(-1));
  }
})();
