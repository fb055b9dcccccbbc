import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from 'maplibre-gl';
import { link, moved } from './shader';

const VERTEX = `#version 300 es
uniform mat4 u_matrix;
uniform float u_radius;
in vec2 a_corner;
out vec2 v_at;
void main() {
  v_at = a_corner;
  gl_Position = u_matrix * vec4(a_corner * u_radius, 0.0, 1.0);
}`;

// A soft disc with a thin rim, as wide as the doubt.
const FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 u_color;
in vec2 v_at;
out vec4 color;
void main() {
  float d = length(v_at);
  float edge = fwidth(d);
  float inside = clamp((1.0 - d) / edge, 0.0, 1.0);
  float rim = inside * clamp((d - 1.0 + 2.0 * edge) / edge, 0.0, 1.0);
  float a = max(inside * 0.12, rim * 0.55);
  if (a < 0.01) discard;
  color = vec4(u_color * a, a);
}`;

/** A circle around a place in Mercator. */
export interface Circle {
  x: number;
  y: number;
  radius: number;
}

/** How far off the selected technician may be: one circle under the fleet, where there is a doubt. */
export class DoubtLayer implements CustomLayerInterface {
  readonly id = 'doubt';
  readonly type = 'custom' as const;
  readonly renderingMode = '2d' as const;
  private program: WebGLProgram | null = null;
  private buffer: WebGLBuffer | null = null;
  private array: WebGLVertexArrayObject | null = null;

  constructor(
    private readonly circle: () => Circle | null,
    private readonly color: () => [number, number, number],
  ) {}

  onAdd(_map: MapLibre, gl: WebGL2RenderingContext): void {
    this.program = link(gl, VERTEX, FRAGMENT);
    this.buffer = gl.createBuffer();
    this.array = gl.createVertexArray();
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
    const place = gl.getAttribLocation(this.program, 'a_corner');
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, 2, gl.FLOAT, false, 8, 0);
    gl.bindVertexArray(null);
  }

  onRemove(_map: MapLibre, gl: WebGL2RenderingContext): void {
    gl.deleteProgram(this.program);
    gl.deleteBuffer(this.buffer);
    gl.deleteVertexArray(this.array);
  }

  render(gl: WebGL2RenderingContext | WebGLRenderingContext, args: CustomRenderMethodInput): void {
    const circle = this.circle();
    if (!circle || !this.program || !(gl instanceof WebGL2RenderingContext)) return;
    const at = (name: string) => gl.getUniformLocation(this.program as WebGLProgram, name);
    gl.bindVertexArray(this.array);
    gl.useProgram(this.program);
    gl.uniformMatrix4fv(at('u_matrix'), false, moved(args.defaultProjectionData.mainMatrix, circle));
    gl.uniform1f(at('u_radius'), circle.radius);
    gl.uniform3fv(at('u_color'), this.color());
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.bindVertexArray(null);
  }
}
