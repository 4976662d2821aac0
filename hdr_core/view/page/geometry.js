// Which pixel of the picture lies under a point of the screen. As `where` in shader.js.

function pixelUnder(state, meta, x, y, width, height) {
  const uv = state.view === "flat" ? flatPlace(state, meta, x, y) : spherePlace(state, x, y, width, height);
  if (!uv) return null;
  const column = Math.floor(uv[0] * meta.width);
  const row = Math.floor(uv[1] * meta.height);
  if (column < 0 || row < 0 || column >= meta.width || row >= meta.height) return null;
  return [column, row];
}

function flatPlace(state, meta, x, y) {
  return [(x - state.x) / state.scale / meta.width, (y - state.y) / state.scale / meta.height];
}

function spherePlace(state, x, y, width, height) {
  const half = Math.min(width, height) / 2;
  let p = [(x - width / 2) / half, -(y - height / 2) / half];
  let direction;
  if (state.view === "look") {
    const reach = Math.tan(state.fov / 2);
    direction = [p[0] * reach, p[1] * reach, -1];
  } else {
    p = p.map((value) => value / 0.94);
    const r = p[0] ** 2 + p[1] ** 2;
    if (r >= 1) return null;
    const n = [p[0], p[1], Math.sqrt(1 - r)];
    direction = [2 * n[2] * n[0], 2 * n[2] * n[1], 2 * n[2] * n[2] - 1];
  }
  const length = Math.hypot(...direction);
  const [dx, dy, dz] = turned(direction.map((value) => value / length), state);
  const u = 0.5 + Math.atan2(dx, -dz) / (2 * Math.PI);
  return [((u % 1) + 1) % 1, Math.acos(Math.max(-1, Math.min(1, dy))) / Math.PI];
}

function turned([x, y, z], { yaw, pitch }) {
  const [cp, sp, cy, sy] = [Math.cos(pitch), Math.sin(pitch), Math.cos(yaw), Math.sin(yaw)];
  [y, z] = [cp * y - sp * z, sp * y + cp * z];
  return [cy * x - sy * z, y, sy * x + cy * z];
}

function fit(state, meta, width, height) {
  state.scale = Math.min(width / meta.width, height / meta.height);
  center(state, meta, width, height);
}

function center(state, meta, width, height) {
  state.x = (width - meta.width * state.scale) / 2;
  state.y = (height - meta.height * state.scale) / 2;
}

// Change the scale, and keep what lies under (x, y) where it is.
function zoomAt(state, factor, x, y) {
  const scale = Math.max(0.02, Math.min(64, state.scale * factor));
  state.x = x - ((x - state.x) * scale) / state.scale;
  state.y = y - ((y - state.y) * scale) / state.scale;
  state.scale = scale;
}
