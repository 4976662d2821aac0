// Mouse, touch, keys and buttons change `state`; every change draws the picture again.

function connect(page) {
  const { canvas } = page;
  const byId = (id) => document.getElementById(id);

  for (const [group, key] of [["show", "show"], ["overlay", "overlay"], ["view", "view"]]) {
    for (const button of document.querySelectorAll(`[data-${group}]`)) {
      button.addEventListener("click", () => page.choose(key, button.dataset[group]));
    }
  }
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => page.zoom(button.dataset.zoom));
  }
  byId("stops").addEventListener("input", (event) => page.set({ stops: Number(event.target.value) }));
  byId("stops-value").addEventListener("dblclick", () => page.set({ stops: 0 }));
  byId("sweep").addEventListener("click", () => page.sweep());
  byId("full").addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
  byId("panel-switch").addEventListener("click", () => page.switchPanel());
  const hold = byId("hold");
  hold.addEventListener("pointerdown", (event) => { hold.setPointerCapture(event.pointerId); page.set({ isHeld: true }); });
  for (const end of ["pointerup", "pointercancel"]) hold.addEventListener(end, () => page.set({ isHeld: false }));
  hold.addEventListener("contextmenu", (event) => event.preventDefault());

  connectWipe(page, byId("wipe"));
  connectPointers(page, canvas);
  connectKeys(page);
  new ResizeObserver(() => page.resized()).observe(canvas);
  matchMedia("(dynamic-range: high)").addEventListener("change", () => page.redraw());
}

function connectWipe(page, handle) {
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
    handle.focus();
  });
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const box = page.canvas.getBoundingClientRect();
    page.set({ wipe: Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) });
  });
  handle.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    page.set({ wipe: Math.max(0, Math.min(1, page.state.wipe + step)) });
  });
}

function connectPointers(page, canvas) {
  const down = new Map();
  let moved = 0;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    moved = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const now = place(event);
    const before = down.get(event.pointerId);
    if (!before) return page.probeAt(...now);
    const others = [...down].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    moved += Math.abs(now[0] - before[0]) + Math.abs(now[1] - before[1]);
    if (moved > 3) document.body.classList.add("dragging");
    if (others.length === 1) page.pinch(before, now, others[0]);
    else if (moved > 3) page.drag(now[0] - before[0], now[1] - before[1]);
    down.set(event.pointerId, now);
  });
  const end = (event) => {
    const at = down.get(event.pointerId);
    down.delete(event.pointerId);
    document.body.classList.remove("dragging");
    if (at && moved <= 3 && event.type === "pointerup") page.pinAt(...at);
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    page.zoomBy(Math.exp(-event.deltaY * 0.0015), ...place(event));
  }, { passive: false });
}

function connectKeys(page) {
  const choose = (key, value, other) => () => page.choose(key, page.state[key] === value ? other : value);
  const step = (stops) => () => page.set({ stops: Math.max(-8, Math.min(8, Math.round((page.state.stops + stops) * 10) / 10)) });
  const keys = {
    ArrowLeft: step(-0.5), ArrowRight: step(0.5), ArrowDown: step(-0.1), ArrowUp: step(0.1),
    "[": step(-1), "]": step(1), "0": () => page.zoom("fit"), "1": () => page.zoom("1"),
    "+": () => page.zoomBy(1.25), "=": () => page.zoomBy(1.25), "-": () => page.zoomBy(0.8),
    z: () => page.set({ stops: 0 }), s: () => page.sweep(), h: () => page.switchPanel(),
    r: () => page.choose("show", "result"), b: () => page.choose("show", "plate"),
    w: choose("show", "wipe", "result"), f: choose("show", "false", "result"),
    i: () => page.choose("overlay", "invented"), u: () => page.choose("overlay", "uncertainty"),
    l: () => page.choose("overlay", "source"),
    p: choose("view", "look", "flat"), m: choose("view", "ball", "flat"),
    Escape: () => page.unpin(),
  };
  const isHold = (event) => event.key === " " && event.target.tagName !== "BUTTON";
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isHold(event)) {
      event.preventDefault();
      if (!event.repeat) page.set({ isHeld: true });
      return;
    }
    const act = keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
  addEventListener("keyup", (event) => { if (isHold(event)) page.set({ isHeld: false }); });
}
