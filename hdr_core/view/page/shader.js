// What is drawn at each pixel of the screen.

const VERTEX = `#version 300 es
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4(4.0 * corner - 1.0, 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler2D;
uniform sampler2D light, plate, layers;
uniform vec2 canvas, size;   // in pixels of the screen, of the picture
uniform vec3 place;          // left, top, scale of a flat picture
uniform vec3 turn;           // yaw, pitch, tangent of half the field of view
uniform int view;            // 0 flat, 1 look around, 2 mirror ball
uniform int show;            // 0 result, 1 plate, 2 wipe, 3 false color
uniform int overlay;         // 0 none, 1 invented, 2 uncertainty, 3 light source
uniform float wipe, stops, clip, most;
uniform bool hasPlate, isWide;
uniform mat3 toShown;        // from the space of the file to Rec.709 or P3
uniform mat3 plateToShown;
uniform vec3 falseColors[18];
uniform vec3 ramp[8];
uniform vec3 names[4];
out vec4 color;
const float PI = 3.14159265358979;
const vec3 GROUND = vec3(0.0865);

vec3 decode(vec3 c) {
  return mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), step(0.04045, c));
}
vec3 encode(vec3 l) {
  // Sign and range are kept: a screen for HDR shows more than 1.
  vec3 a = abs(l);
  vec3 c = mix(a * 12.92, 1.055 * pow(a, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, a));
  return clamp(sign(l) * c, 0.0, most);
}
vec3 turned(vec3 d) {
  float c = cos(turn.y), s = sin(turn.y);
  d = vec3(d.x, c * d.y - s * d.z, s * d.y + c * d.z);
  c = cos(turn.x); s = sin(turn.x);
  return vec3(c * d.x - s * d.z, d.y, s * d.x + c * d.z);
}
// Where a pixel of the screen lies in the picture, in [0, 1]; z is 0 outside.
vec3 where(vec2 at) {
  if (view == 0) {
    vec2 uv = (at - place.xy) / place.z / size;
    bool inside = all(greaterThanEqual(uv, vec2(0.0))) && all(lessThan(uv, vec2(1.0)));
    return vec3(uv, inside ? 1.0 : 0.0);
  }
  vec2 p = (at - 0.5 * canvas) / (0.5 * min(canvas.x, canvas.y)) * vec2(1.0, -1.0);
  vec3 d;
  if (view == 1) d = vec3(p * turn.z, -1.0);
  else {
    p /= 0.94;
    float r = dot(p, p);
    if (r >= 1.0) return vec3(0.0);
    vec3 n = vec3(p, sqrt(1.0 - r));
    d = reflect(vec3(0.0, 0.0, -1.0), n);
  }
  d = normalize(turned(d));
  return vec3(0.5 + atan(d.x, -d.z) / (2.0 * PI), acos(clamp(d.y, -1.0, 1.0)) / PI, 1.0);
}
vec3 falseColor(vec3 l) {
  float s = log2(max(max(l.r, l.g), max(l.b, 1e-9)) / clip);
  return falseColors[int(clamp(floor(s) + 9.0, 0.0, 17.0))];
}
vec3 fromRamp(float share) {
  float at = clamp(share, 0.0, 1.0) * 7.0;
  int low = int(min(floor(at), 6.0));
  return mix(ramp[low], ramp[low + 1], at - float(low));
}
vec3 overlaid(vec3 shown, vec4 held) {
  float grey = dot(shown, vec3(0.2126, 0.7152, 0.0722)) * 0.55;
  float amount = overlay == 1 ? held.g * 255.0 / 16.0 / 8.0 : held.b * 255.0 / 32.0 / 4.0;
  if (overlay == 3) {
    vec3 name = names[int(clamp(held.a * 255.0 + 0.5, 0.0, 3.0))];
    return mix(vec3(grey), name, 0.55);
  }
  if (amount <= 0.0) return vec3(grey);
  return mix(vec3(grey), fromRamp(amount), 0.85);
}
vec3 shownAt(vec2 uv, bool isPlate) {
  vec3 l = texture(light, uv).rgb;
  if (show == 3 && !isPlate) return falseColor(l);
  float gain = exp2(stops);
  if (!isPlate) return toShown * (l * gain);
  if (hasPlate) return plateToShown * (decode(texture(plate, uv).rgb) * gain);
  return toShown * (min(l, vec3(clip)) * gain);
}
void main() {
  vec2 at = vec2(gl_FragCoord.x, canvas.y - gl_FragCoord.y);
  vec3 found = where(at);
  color = vec4(GROUND, 1.0);
  if (found.z == 0.0) return;
  bool isPlate = show == 1 || (show == 2 && at.x < wipe);
  vec3 sum = vec3(0.0);
  vec2 uv = found.xy;
  if (view == 0 && place.z < 1.0) {
    // Several linear samples make the mean of all pixels under a pixel of the screen.
    int n = int(clamp(ceil(0.5 / place.z), 1.0, 8.0));
    vec2 span = 1.0 / (place.z * size);
    for (int y = 0; y < n; y++) for (int x = 0; x < n; x++) {
      vec2 shift = (vec2(x, y) + 0.5) / float(n) - 0.5;
      sum += shownAt(uv + shift * span, isPlate);
    }
    sum /= float(n * n);
  } else {
    vec2 snapped = (floor(uv * size) + 0.5) / size;
    sum = shownAt(view == 0 && place.z >= 2.0 ? snapped : uv, isPlate);
  }
  vec3 shown = show == 3 && !isPlate ? sum : encode(sum);
  if (overlay > 0 && !isPlate) {
    vec2 snapped = (floor(uv * size) + 0.5) / size;
    shown = overlaid(min(shown, 1.0), texture(layers, snapped));
  }
  color = vec4(shown, 1.0);
}`;

// One color for each stop from the clip: below -8, -8 to 8, above.
const FALSE_COLORS = [
  "#14121c", "#1d1a2e", "#26264a", "#2b3a68", "#2d5580", "#2f7488", "#3b8f80",
  "#5aa56d", "#8bb765", "#e8d05a", "#efb04a", "#ee8d43", "#e96a45", "#dd4a56",
  "#c93a7c", "#b648a8", "#c58ad0", "#efe6f2",
];
const RAMP = ["#3b4a6b", "#3f6f8f", "#4a9a8f", "#86b86a", "#e0c45a", "#e8934a", "#dc5a4f", "#c0428a"];
const NAMES = ["#6d6d6d", "#5b8fd6", "#e0a94a", "#b06ac0"];
