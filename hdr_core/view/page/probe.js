// What is known about one pixel.

class Probe {
  constructor(meta, data) {
    Object.assign(this, { meta, ...data });
  }

  // Plain numbers, also for tests: code, light, stops, and the 80 % interval in stops.
  read(column, row) {
    const { meta } = this;
    const at = row * meta.width + column;
    const light = [0, 1, 2].map((c) => halfToNumber(this.halves[3 * at + c]));
    const found = {
      column, row, light,
      stops: light.map((value) => Math.log2(value / meta.clip)),
      code: this.codes ? [0, 1, 2].map((c) => this.codes[3 * at + c]) : null,
    };
    if (this.layers) {
      const [mask, gain, spread, source] = this.layers.subarray(4 * at, 4 * at + 4);
      Object.assign(found, { mask: mask / 255, invented: gain / 16, uncertainty: spread / 32, source });
      found.interval = this.interval(found);
    }
    return found;
  }

  // Of the brightest channel; never below the clip, because the code says so.
  interval({ stops, mask, uncertainty }) {
    const { meta } = this;
    if (!(mask > 0) || !(uncertainty > 0)) return null;
    const scale = uncertainty * meta.strength;
    const median = Math.max(...stops) - scale * meta.median_shift;
    const reach = scale * Math.log(5); // a Laplace law of this scale holds 80 % within it
    return [Math.max(0, median - reach), median + reach];
  }

  // The light that an unclipped code allows, 1 = clip; null without a curve.
  allowed(code) {
    const { curve, max_code, tolerance } = this.meta;
    if (!curve || code === null) return null;
    return [code - 0.5 - tolerance, code + 0.5 + tolerance].map((k) => look(curve.light, k / max_code));
  }

  show(found) {
    const cells = (name) => [...document.querySelectorAll(`#probe-${name} td`)];
    const { meta } = this;
    document.getElementById("where").textContent =
      meta.reduced > 1 ? `x ${found.column * meta.reduced}, y ${found.row * meta.reduced}: mean of ${meta.reduced} x ${meta.reduced}` : `x ${found.column}, y ${found.row}`;
    document.getElementById("swatch").style.background = this.swatch(found.light);
    const isAtClip = (c) => found.code && found.code[c] >= meta.max_code - meta.tolerance;
    cells("code").forEach((cell, c) => { cell.textContent = found.code ? found.code[c] : ""; cell.className = isAtClip(c) ? "above" : ""; });
    cells("light").forEach((cell, c) => { cell.textContent = short(found.light[c]); });
    cells("stops").forEach((cell, c) => {
      cell.textContent = found.light[c] > 0 ? signed(found.stops[c], 2) : "black";
      cell.className = found.stops[c] > 0 ? "above" : "";
    });
    document.getElementById("probe-range").textContent = this.sentence(found);
  }

  sentence(found) {
    const { meta } = this;
    const brightest = found.stops.indexOf(Math.max(...found.stops));
    const name = ["Red", "Green", "Blue"][brightest];
    if (found.interval) {
      const [low, high] = found.interval.map((stops) => signed(stops, 1));
      return `Invented. 80 % interval of ${name.toLowerCase()}: ${low} to ${high} stops from the clip.`;
    }
    if (found.mask > 0) return "Invented, and the file does not say how sure it is.";
    const code = found.code ? found.code[brightest] : null;
    const allowed = this.allowed(code);
    if (allowed && code < meta.max_code) {
      return `Photographed. ${name} has code ${code}, which allows ${short(allowed[0])} to ${short(allowed[1])} of the camera's light.`;
    }
    return found.layers === undefined && !this.layers ? "" : "Photographed: nothing was invented here.";
  }

  swatch(light) {
    const m = this.meta.to_rec709;
    const shown = [0, 1, 2].map((c) => light.reduce((sum, value, k) => sum + value * m[k][c], 0) * 2 ** this.stops());
    const codes = shown.map((l) => Math.round(255 * Math.max(0, Math.min(1, l <= 0.0031308 ? l * 12.92 : 1.055 * l ** (1 / 2.4) - 0.055))));
    return `rgb(${codes.join(" ")})`;
  }
}

function look(curve, share) {
  const at = Math.max(0, Math.min(1, share)) * (curve.length - 1);
  const low = Math.min(Math.floor(at), curve.length - 2);
  return curve[low] + (curve[low + 1] - curve[low]) * (at - low);
}

function short(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  return size >= 1000 || size < 0.001 ? value.toExponential(2) : value.toPrecision(4);
}
