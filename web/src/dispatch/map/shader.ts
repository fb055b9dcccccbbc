function compile(gl: WebGL2RenderingContext, kind: number, source: string): WebGLShader {
  const shader = gl.createShader(kind);
  if (!shader) throw new Error('no shader');
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader) ?? '');
  return shader;
}

/** A program of two shaders; throws what the driver says where it refuses them. */
export function link(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, vertex));
  gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, fragment));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? '');
  return program;
}

/** The map's matrix moved to an origin, in 64 bits: 32 would shake at street level. */
export function moved(main: ArrayLike<number>, { x, y }: { x: number; y: number }): Float32Array {
  const m = Float32Array.from(main);
  for (let row = 0; row < 4; row++)
    m[12 + row] = (main[row] ?? 0) * x + (main[4 + row] ?? 0) * y + (main[12 + row] ?? 0);
  return m;
}
