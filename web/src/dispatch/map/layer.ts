import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from 'maplibre-gl';
import { type Fleet, STRIDE } from './fleet';
import { link, moved } from './shader';

const VERTEX = `#version 300 es
uniform mat4 u_matrix;
uniform float u_now;
uniform float u_size;
in vec4 a_path;
in vec4 a_meta;
flat out int v_look;
flat out float v_heading;
void main() {
  float k = a_meta.y > 0.0 ? clamp((u_now - a_meta.x) / a_meta.y, 0.0, 1.0) : 1.0;
  gl_Position = u_matrix * vec4(mix(a_path.xy, a_path.zw, k), 0.0, 1.0);
  gl_PointSize = u_size;
  v_heading = a_meta.z;
  v_look = int(a_meta.w + 0.5);
}`;

// A disc in its state's colour with a rim; hollow when stale, grey when old; a beak towards the
// heading; a second ring when selected.
const FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 u_colors[5];
uniform vec3 u_rim;
uniform vec3 u_ring;
uniform float u_size;
flat in int v_look;
flat in float v_heading;
out vec4 color;
float cover(float d) { return clamp(0.5 - d * u_size * 0.5, 0.0, 1.0); }
void over(inout vec4 under, vec3 c, float a) { under = vec4(c * a, a) + under * (1.0 - a); }
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  int status = v_look & 7;
  int age = (v_look >> 3) & 3;
  bool selected = v_look >= 32;
  vec3 fill = age == 3 ? u_colors[4] : u_colors[status];
  float d = length(p);
  color = vec4(0.0);
  if (selected) over(color, u_ring, cover(abs(d - 0.86) - 0.07));
  if (v_heading >= 0.0 && age < 2) {
    float s = sin(v_heading), c = cos(v_heading);
    vec2 q = vec2(p.x * c + p.y * s, -p.x * s + p.y * c);
    float beak = max(abs(q.x) * 0.86 - (q.y + 0.8) * 0.5, q.y + 0.35);
    over(color, u_rim, cover(min(beak - 0.10, d - 0.52)));
    over(color, fill, cover(min(beak, d - 0.42)));
  } else {
    over(color, u_rim, cover(d - 0.52));
    over(color, fill, cover(d - 0.42));
  }
  if (age >= 2) over(color, u_rim, cover(d - 0.22));
  if (age == 1) color *= 0.75;
  if (color.a < 0.01) discard;
}`;

export interface Palette {
  /** off_shift, available, en_camino, working, offline; each channel 0..1. */
  colors: [number, number, number][];
  rim: [number, number, number];
  ring: [number, number, number];
  /** The circle of doubt. */
  doubt: [number, number, number];
}

/** Side of a marker in CSS pixels, rings included: thousands must stay apart, and cost pixels. */
const sizeFor = (count: number) => (count <= 300 ? 40 : count <= 2000 ? 24 : 14);

/** Draws the whole fleet with one call; movement happens in the shader. */
export class FleetLayer implements CustomLayerInterface {
  readonly id = 'fleet';
  readonly type = 'custom' as const;
  readonly renderingMode = '2d' as const;
  private map: MapLibre | null = null;
  private program: WebGLProgram | null = null;
  private buffer: WebGLBuffer | null = null;
  private array: WebGLVertexArrayObject | null = null;
  private uploaded = 0;

  constructor(
    private readonly fleet: Fleet,
    private palette: Palette,
    private readonly clock: () => number,
  ) {}

  setPalette(palette: Palette): void {
    this.palette = palette;
    this.map?.triggerRepaint();
  }

  onAdd(map: MapLibre, gl: WebGL2RenderingContext): void {
    this.map = map;
    const program = link(gl, VERTEX, FRAGMENT);
    this.program = program;
    this.buffer = gl.createBuffer();
    this.array = gl.createVertexArray();
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    for (const [name, offset] of [
      ['a_path', 0],
      ['a_meta', 16],
    ] as const) {
      const place = gl.getAttribLocation(program, name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, 4, gl.FLOAT, false, STRIDE * 4, offset);
    }
    gl.bindVertexArray(null);
    this.uploaded = 0;
  }

  onRemove(_map: MapLibre, gl: WebGL2RenderingContext): void {
    gl.deleteProgram(this.program);
    gl.deleteBuffer(this.buffer);
    gl.deleteVertexArray(this.array);
    this.map = null;
  }

  render(gl: WebGL2RenderingContext | WebGLRenderingContext, args: CustomRenderMethodInput): void {
    const { fleet, program } = this;
    if (!program || fleet.count === 0 || !(gl instanceof WebGL2RenderingContext)) return;
    fleet.advance(this.clock());
    gl.bindVertexArray(this.array);
    this.upload(gl);
    gl.useProgram(program);
    const size = sizeFor(fleet.count) * (window.devicePixelRatio || 1);
    const at = (name: string) => gl.getUniformLocation(program, name);
    gl.uniformMatrix4fv(at('u_matrix'), false, moved(args.defaultProjectionData.mainMatrix, fleet.zero));
    gl.uniform1f(at('u_now'), this.clock());
    gl.uniform1f(at('u_size'), size);
    gl.uniform3fv(at('u_colors'), this.palette.colors.flat());
    gl.uniform3fv(at('u_rim'), this.palette.rim);
    gl.uniform3fv(at('u_ring'), this.palette.ring);
    gl.drawArrays(gl.POINTS, 0, fleet.count);
    gl.bindVertexArray(null);
    // Frames only while something moves and someone looks.
    if (fleet.movingUntil > this.clock() && !document.hidden) this.map?.triggerRepaint();
  }

  private upload(gl: WebGL2RenderingContext): void {
    const { data, dirty } = this.fleet;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    if (this.uploaded !== data.length) {
      gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
      this.uploaded = data.length;
    } else if (dirty.from <= dirty.to) {
      const part = data.subarray(dirty.from * STRIDE, (dirty.to + 1) * STRIDE);
      gl.bufferSubData(gl.ARRAY_BUFFER, dirty.from * STRIDE * 4, part);
    }
    this.fleet.dirty = { from: Number.POSITIVE_INFINITY, to: -1 };
  }
}
