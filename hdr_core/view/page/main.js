// The page: its state, and what happens from the first byte to the first picture.

const meta = JSON.parse(document.getElementById("meta").textContent);

class Page {
  constructor() {
    this.meta = meta;
    this.canvas = document.getElementById("picture");
    this.state = {
      stops: 0, show: "result", overlay: "none", view: "flat", wipe: 0.5, isHeld: false,
      x: 0, y: 0, scale: 1, yaw: 0, pitch: 0, fov: 1.3, ...this.fromAddress(),
    };
    this.isFitted = true;
  }

  // page.html#stops=-3&show=wipe&overlay=invented&view=look&wipe=0.5
  fromAddress() {
    const found = {};
    for (const [key, value] of new URLSearchParams(location.hash.slice(1))) {
      if (["stops", "wipe", "yaw", "pitch", "fov"].includes(key) && Number.isFinite(Number(value))) found[key] = Number(value);
      if (key === "show" && ["result", "plate", "wipe", "false"].includes(value)) found.show = value;
      if (key === "overlay" && this.meta.overlays.includes(value)) found.overlay = value;
      if (key === "view" && (value === "flat" || (this.meta.is_sphere && ["look", "ball"].includes(value)))) found.view = value;
    }
    return found;
  }

  async open() {
    this.describe();
    this.picture = new Canvas(this.canvas, meta);
    const read = (name) => (meta.planes[name] ? readNumbers(name, meta.planes[name]) : null);
    const [orders, codes] = await Promise.all(["light", "plate"].map(read));
    if (meta.code_light) addCodeLight(orders, codes, meta.code_light);
    const halves = toHalves(orders);
    this.picture.setLight(halves);
    if (codes) this.picture.setPlate(codes);
    this.probe = new Probe(meta, { halves, codes, layers: null, stops: () => this.state.stops });
    document.getElementById("message").remove();
    this.resized();
    this.picture.gl.finish();
    this.firstPictureMs = performance.now();
    connect(this);
    // The layers are for later: the picture is there already.
    const layers = merged(await Promise.all(LAYER_NAMES.map(read)));
    if (layers) this.picture.setLayers(layers);
    this.probe.layers = layers;
    this.update();
    document.body.dataset.ready = "yes";
  }

  describe() {
    const byId = (id) => document.getElementById(id);
    byId("subtitle").textContent = meta.subtitle;
    listFacts(byId("facts"), meta.facts);
    drawHistogram(byId("histogram"), meta.histogram);
    byId("response").hidden = !meta.curve;
    if (meta.curve) drawCurve(byId("curve"), meta.curve);
    byId("view").hidden = !meta.is_sphere;
    byId("overlay").hidden = !meta.overlays.length;
    for (const button of document.querySelectorAll("[data-overlay]")) button.hidden = !meta.overlays.includes(button.dataset.overlay);
    if (!meta.planes.plate) {
      document.querySelector("[data-show=plate]").textContent = "Clipped";
      byId("hold").textContent = "Hold: clipped";
    }
    for (let stops = -8; stops <= 8; stops += 2) {
      const tick = document.createElement("span");
      tick.textContent = signed(stops, 0);
      tick.style.left = `${((stops + 8) / 16) * 100}%`;
      byId("ticks").append(tick);
    }
  }

  set(changes) {
    Object.assign(this.state, changes);
    this.update();
  }

  choose(key, value) {
    if (key === "overlay") {
      if (!meta.overlays.includes(value)) return;
      value = this.state.overlay === value ? "none" : value;
    }
    if (key === "view" && !meta.is_sphere) return;
    this.set({ [key]: value });
  }

  update() {
    const { state } = this;
    const byId = (id) => document.getElementById(id);
    document.body.dataset.view = state.view;
    byId("stops").value = state.stops;
    byId("stops-value").textContent = `${signed(state.stops, 1)} stops`;
    for (const key of ["show", "overlay", "view"]) {
      for (const button of document.querySelectorAll(`[data-${key}]`)) {
        button.setAttribute("aria-pressed", String(button.dataset[key] === state[key]));
      }
    }
    this.placeNames();
    showLegend(byId("legend"), state);
    this.placePin();
    if (this.pinned) this.probe.show(this.probe.read(...this.pinned));
    this.redraw();
  }

  placeNames() {
    const { state } = this;
    const byId = (id) => document.getElementById(id);
    const isWipe = state.show === "wipe" && !state.isHeld;
    const plate = meta.planes.plate ? "Plate" : "As clipped";
    byId("wipe").hidden = !isWipe;
    byId("wipe").style.left = `${state.wipe * 100}%`;
    byId("wipe").setAttribute("aria-valuenow", Math.round(state.wipe * 100));
    const [left, right] = [byId("left-name"), byId("right-name")];
    left.hidden = false;
    right.hidden = !isWipe;
    left.textContent = isWipe || state.isHeld || state.show === "plate" ? plate : state.show === "false" ? "False color" : "Result";
    right.textContent = "Result";
    left.style.cssText = isWipe ? `right:calc(${(1 - state.wipe) * 100}% + 14px)` : "left:14px";
    right.style.left = `calc(${state.wipe * 100}% + 14px)`;
  }

  redraw() {
    this.isAsked ??= requestAnimationFrame(() => {
      this.isAsked = null;
      this.picture.resize(matchMedia("(dynamic-range: high)").matches);
      this.picture.draw(this.state);
    });
    if (!this.firstPictureMs) {
      this.picture.resize(matchMedia("(dynamic-range: high)").matches);
      this.picture.draw(this.state);
    }
  }

  resized() {
    const { clientWidth, clientHeight } = this.canvas;
    if (this.isFitted) fit(this.state, meta, clientWidth, clientHeight);
    this.update();
  }

  zoom(choice) {
    const { clientWidth, clientHeight } = this.canvas;
    this.isFitted = choice === "fit";
    if (this.isFitted) {
      fit(this.state, meta, clientWidth, clientHeight);
      this.set({ fov: 1.3 });
    } else {
      this.state.scale = 1 / (devicePixelRatio || 1);
      center(this.state, meta, clientWidth, clientHeight);
      this.update();
    }
  }

  zoomBy(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    if (this.state.view === "flat") {
      this.isFitted = false;
      zoomAt(this.state, factor, x, y);
    } else this.state.fov = Math.max(0.2, Math.min(2.4, this.state.fov / factor));
    this.update();
  }

  pinch(before, now, other) {
    const length = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
    this.zoomBy(length(now) / Math.max(1, length(before)), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
  }

  drag(dx, dy) {
    const { state } = this;
    if (state.view === "flat") {
      this.isFitted = false;
      this.set({ x: state.x + dx, y: state.y + dy });
      return;
    }
    const turn = (state.view === "look" ? state.fov : 2) / Math.min(this.canvas.clientWidth, this.canvas.clientHeight);
    const pitch = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, state.pitch + dy * turn));
    this.set({ yaw: state.yaw - dx * turn, pitch });
  }

  pixelAt(x, y) {
    return pixelUnder(this.state, meta, x, y, this.canvas.clientWidth, this.canvas.clientHeight);
  }

  probeAt(x, y) {
    const pixel = this.pinned ? null : this.pixelAt(x, y);
    if (pixel) this.probe.show(this.probe.read(...pixel));
  }

  pinAt(x, y) {
    this.pinned = this.pixelAt(x, y);
    this.update();
  }

  unpin() {
    this.pinned = null;
    this.update();
  }

  placePin() {
    const pin = document.getElementById("pin");
    const { state } = this;
    pin.hidden = !this.pinned || state.view !== "flat";
    if (pin.hidden) return;
    pin.style.left = `${state.x + (this.pinned[0] + 0.5) * state.scale}px`;
    pin.style.top = `${state.y + (this.pinned[1] + 0.5) * state.scale}px`;
  }

  sweep() {
    const button = document.getElementById("sweep");
    this.isSweeping = !this.isSweeping;
    button.setAttribute("aria-pressed", String(this.isSweeping));
    if (!this.isSweeping) return;
    const start = performance.now();
    const step = (now) => {
      if (!this.isSweeping) return;
      // 4 seconds from -8 to 8, and 4 back.
      const phase = (((now - start) / 4000) % 2 + 2) % 2;
      this.set({ stops: Math.round((phase < 1 ? -8 + 16 * phase : 24 - 16 * phase) * 10) / 10 });
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  switchPanel() {
    document.body.classList.toggle("without-panel");
  }
}

const LAYER_NAMES = ["mask", "gain", "uncertainty", "light_source"];

// Four layers of one byte each become one texture.
function merged(parts) {
  const held = parts.find(Boolean);
  if (!held) return null;
  const bytes = new Uint8Array(4 * held.length);
  parts.forEach((part, place) => {
    if (part) for (let i = 0, o = place; i < part.length; i++, o += 4) bytes[o] = part[i];
  });
  return bytes;
}

const page = new Page();
window.hdrCore = page;
addEventListener("hashchange", () => page.set(page.fromAddress()));
page.open().catch((error) => {
  document.getElementById("message").textContent = `The picture cannot be shown. ${error.message}`;
  document.body.dataset.ready = "failed";
});
