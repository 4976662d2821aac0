// The histogram, the curve, the facts and the legend.

const SVG = "http://www.w3.org/2000/svg";

function shape(parent, name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

function drawHistogram(svg, { low, step, counts, clip_at }) {
  const [width, height] = [300, 78];
  const n = counts[0].length;
  // A square root shows the few pixels of a lamp beside the many of a wall.
  const most = Math.sqrt(Math.max(...counts.flat(), 1));
  const x = (stops) => ((stops - low) / (n * step)) * width;
  shape(svg, "rect", { x: x(clip_at), y: 0, width: width - x(clip_at), height, fill: "#e0a94a", opacity: 0.07 });
  ["#e07a72", "#86c08a", "#7da3e0"].forEach((color, channel) => {
    let path = `M0 ${height}`;
    counts[channel].forEach((count, bin) => {
      const y = height - (Math.sqrt(count) / most) * (height - 6);
      path += `H${((bin / n) * width).toFixed(2)}V${y.toFixed(2)}`;
    });
    shape(svg, "path", { d: `${path}H${width}V${height}Z`, fill: color, opacity: 0.55, style: "mix-blend-mode:screen" });
  });
  shape(svg, "path", { d: `M0 ${height}H${width}`, stroke: "#4a4a4a" });
  for (let stops = Math.ceil(low / 4) * 4; stops <= low + n * step; stops += 4) {
    shape(svg, "text", { x: x(stops), y: 92, "text-anchor": "middle" }, signed(stops, 0));
  }
  const line = x(clip_at);
  shape(svg, "path", { d: `M${line} 0V${height}`, stroke: "#e0a94a", "stroke-width": 1.5 });
  shape(svg, "text", { x: line + 4, y: 10, style: "fill:#e0a94a" }, "clip");
}

function drawCurve(svg, { light, spread }) {
  const [left, top, width, height] = [26, 4, 268, 160];
  const x = (share) => left + share * width;
  const y = (value) => top + (1 - Math.max(0, Math.min(1, value))) * height;
  const path = (values) => values.map((v, i) => `${i ? "L" : "M"}${x(i / (values.length - 1)).toFixed(2)} ${y(v).toFixed(2)}`).join("");
  for (const mark of [0, 0.25, 0.5, 0.75, 1]) {
    shape(svg, "path", { d: `M${x(mark)} ${top}V${top + height}M${left} ${y(mark)}H${left + width}`, stroke: "#303030" });
    shape(svg, "text", { x: x(mark), y: top + height + 13, "text-anchor": "middle" }, mark);
    shape(svg, "text", { x: left - 5, y: y(mark) + 3, "text-anchor": "end" }, mark);
  }
  shape(svg, "text", { x: x(0.5), y: top + height + 25, "text-anchor": "middle" }, "code, share of the largest");
  if (spread) {
    const high = light.map((v, i) => v + 1.2816 * spread[i]);
    const low = light.map((v, i) => v - 1.2816 * spread[i]).reverse();
    const back = low.map((v, i) => `L${x(1 - i / (low.length - 1)).toFixed(2)} ${y(v).toFixed(2)}`).join("");
    shape(svg, "path", { d: `${path(high)}${back}Z`, fill: "#e0a94a", opacity: 0.22, id: "curve-spread" });
  }
  const srgb = light.map((_, i) => decodeSrgb(i / (light.length - 1)));
  shape(svg, "path", { d: path(srgb), fill: "none", stroke: "#9a9a9a", "stroke-dasharray": "4 3" });
  shape(svg, "path", { d: path(light), fill: "none", stroke: "#e0a94a", "stroke-width": 1.8 });
  const names = [["#e0a94a", spread ? "estimated; band: 80 % of the likely curves" : "estimated"], ["#9a9a9a", "sRGB"]];
  names.forEach(([color, name], row) => {
    shape(svg, "path", { d: `M${left + 10} ${16 + 14 * row}h16`, stroke: color, "stroke-width": 2 });
    shape(svg, "text", { x: left + 32, y: 19.5 + 14 * row }, name);
  });
}

function decodeSrgb(code) {
  return code <= 0.04045 ? code / 12.92 : ((code + 0.055) / 1.055) ** 2.4;
}

function listFacts(list, facts) {
  for (const [name, value] of facts) {
    const [term, text] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    text.textContent = value;
    list.append(term, text);
  }
}

function showLegend(box, state) {
  box.replaceChildren();
  const add = (parent, name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  const colors = (list) => {
    const ramp = add(box, "div", "ramp");
    list.forEach((color) => { add(ramp, "i", "").style.background = color; });
  };
  const ends = (...texts) => {
    const row = add(box, "div", "ends");
    texts.forEach((text) => add(row, "span", "", text));
  };
  box.hidden = false;
  if (state.overlay === "invented") {
    add(box, "b", "", "Light invented above the clip, in stops");
    colors(RAMP);
    ends("0", "2", "4", "6", "8");
  } else if (state.overlay === "uncertainty") {
    add(box, "b", "", "Uncertainty of the invented light: scale in stops");
    colors(RAMP);
    ends("0", "1", "2", "3", "4");
  } else if (state.overlay === "source") {
    add(box, "b", "", "Where the light comes from");
    const row = add(box, "div", "ramp names");
    ["plate", "gain map", "invented"].forEach((name, place) => {
      const held = add(row, "span", "");
      add(held, "i", "").style.background = NAMES[place];
      held.append(name);
    });
  } else if (state.show === "false") {
    add(box, "b", "", "Stops from the clip, by the brightest channel");
    colors(FALSE_COLORS);
    ends("-8", "-4", "clip", "+4", "+8");
  } else box.hidden = true;
}

function signed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}
