// The canvas: textures, uniforms, and one call that draws all.

const REC709_TO_P3 = [0.8224621, 0.177538, 0, 0.0331941, 0.9668058, 0, 0.0170827, 0.0723974, 0.9105199];

class Canvas {
  constructor(canvas, meta) {
    this.canvas = canvas;
    this.meta = meta;
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: false, preserveDrawingBuffer: true });
    if (!gl) throw new Error("This browser has no WebGL 2.");
    this.gl = gl;
    this.most = 1;
    this.isWide = matchMedia("(color-gamut: p3)").matches && "drawingBufferColorSpace" in gl;
    if (this.isWide) gl.drawingBufferColorSpace = "display-p3";
    this.program = this.link();
    gl.useProgram(this.program);
    this.places = {};
    this.setConstants();
  }

  link() {
    const gl = this.gl;
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    return program;
  }

  at(name) {
    return (this.places[name] ??= this.gl.getUniformLocation(this.program, name));
  }

  setConstants() {
    const { gl, meta } = this;
    const shown = this.isWide ? REC709_TO_P3 : [1, 0, 0, 0, 1, 0, 0, 0, 1];
    gl.uniformMatrix3fv(this.at("plateToShown"), true, shown);
    gl.uniformMatrix3fv(this.at("toShown"), true, product(shown, transposed(meta.to_rec709)));
    gl.uniform1f(this.at("clip"), meta.clip);
    gl.uniform2f(this.at("size"), meta.width, meta.height);
    gl.uniform3fv(this.at("falseColors"), FALSE_COLORS.flatMap(asNumbers));
    gl.uniform3fv(this.at("ramp"), RAMP.flatMap(asNumbers));
    gl.uniform3fv(this.at("names"), NAMES.flatMap(asNumbers));
    ["light", "plate", "layers"].forEach((name, unit) => {
      gl.uniform1i(this.at(name), unit);
      this.texture(unit, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, 1, 1, new Uint8Array(4));
    });
  }

  texture(unit, inner, format, type, width, height, data) {
    const gl = this.gl;
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, inner, width, height, 0, format, type, data);
    const wrap = this.meta.is_sphere ? gl.REPEAT : gl.CLAMP_TO_EDGE;
    for (const [key, value] of [
      [gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR],
      [gl.TEXTURE_WRAP_S, wrap], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
    ]) gl.texParameteri(gl.TEXTURE_2D, key, value);
  }

  setLight(halves) {
    const gl = this.gl;
    const { width, height } = this.meta;
    if (Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) {
      throw new Error("The picture is larger than this graphics card allows. Make the page with a smaller --largest.");
    }
    this.texture(0, gl.RGB16F, gl.RGB, gl.HALF_FLOAT, width, height, halves);
  }

  setPlate(codes) {
    const { width, height, max_code } = this.meta;
    const shown = max_code === 255 ? codes : Uint8Array.from(codes, (code) => Math.round((code / max_code) * 255));
    this.texture(1, this.gl.RGB8, this.gl.RGB, this.gl.UNSIGNED_BYTE, width, height, shown);
    this.gl.uniform1i(this.at("hasPlate"), 1);
  }

  setLayers(bytes) {
    const { width, height } = this.meta;
    this.texture(2, this.gl.RGBA8, this.gl.RGBA, this.gl.UNSIGNED_BYTE, width, height, bytes);
  }

  // On a screen for HDR, let values above 1 through, where the browser can.
  resize(isHigh) {
    const { canvas, gl } = this;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      this.isHigh = undefined;
    }
    if (this.isHigh === isHigh) return;
    this.isHigh = isHigh;
    this.most = isHigh && this.storeHalves(width, height) ? 16 : 1;
  }

  storeHalves(width, height) {
    const { canvas, gl } = this;
    const configure = canvas.configureHighDynamicRange;
    if (!gl.drawingBufferStorage || !configure || !gl.getExtension("EXT_color_buffer_float")) return false;
    try {
      gl.drawingBufferStorage(gl.RGBA16F, width, height);
      configure.call(canvas, { mode: "extended" });
      return true;
    } catch {
      return false;
    }
  }

  draw(state) {
    const { gl, canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.uniform2f(this.at("canvas"), canvas.width, canvas.height);
    gl.uniform3f(this.at("place"), state.x * ratio, state.y * ratio, state.scale * ratio);
    gl.uniform3f(this.at("turn"), state.yaw, state.pitch, Math.tan(state.fov / 2));
    gl.uniform1i(this.at("view"), ["flat", "look", "ball"].indexOf(state.view));
    const show = state.isHeld ? "plate" : state.show;
    gl.uniform1i(this.at("show"), ["result", "plate", "wipe", "false"].indexOf(show));
    gl.uniform1i(this.at("overlay"), ["none", "invented", "uncertainty", "source"].indexOf(state.overlay));
    gl.uniform1f(this.at("wipe"), state.wipe * canvas.width);
    gl.uniform1f(this.at("stops"), state.stops);
    gl.uniform1f(this.at("most"), this.most);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }
}

function asNumbers(color) {
  return [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16) / 255);
}

function transposed(rows) {
  return [0, 1, 2].flatMap((column) => rows.map((row) => row[column]));
}

// Both matrices are 9 numbers, row by row.
function product(a, b) {
  return a.map((_, i) => [0, 1, 2].reduce((sum, k) => sum + a[3 * Math.floor(i / 3) + k] * b[3 * k + (i % 3)], 0));
}
