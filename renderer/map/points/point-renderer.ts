import type { Camera, Size } from './camera.ts';

/** How a point is drawn. Unselected points grey out; they do not vanish. */
export const STATE = { hidden: 0, grey: 1, shown: 2, marked: 3 } as const;

const VERTEX = `#version 300 es
layout(location = 0) in vec2 position;
layout(location = 1) in uint colour;
layout(location = 2) in uint state;
uniform vec2 centre;
uniform vec2 unit;
uniform float size;
uniform uint pass;
uniform highp usampler2D palette;
uniform vec3 grey;
flat out vec4 fill;
void main() {
  // Grey points are drawn first, so that they never cover one that counts; marked ones last.
  if (state != pass) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    gl_PointSize = 0.0;
    fill = vec4(0.0);
    return;
  }
  gl_Position = vec4((position - centre) * unit, 0.0, 1.0);
  gl_PointSize = state == 1u ? size * 0.75 : state == 3u ? size * 1.35 : size;
  uvec4 texel = texelFetch(palette, ivec2(int(colour & 255u), int(colour >> 8)), 0);
  fill = state == 1u ? vec4(grey, 0.55) : vec4(vec3(texel.rgb) / 255.0, state == 3u ? 1.0 : 0.85);
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
flat in vec4 fill;
uniform float size;
out vec4 colour;
void main() {
  // Small points are squares anyway; only larger ones need a round edge.
  if (size > 3.0) {
    vec2 d = gl_PointCoord - 0.5;
    if (dot(d, d) > 0.25) discard;
  }
  colour = vec4(fill.rgb * fill.a, fill.a);
}`;

const PALETTE_SIDE = 256;

/**
 * Draws points by WebGL 2: positions once, then a 16-bit colour index and a state byte per point. 65,536 colours, so
 * that 270 cohorts or 1,000 clusters fit. A lost context is restored by itself from the arrays kept here.
 */
export class PointRenderer {
  readonly #canvas: HTMLCanvasElement;
  #gl: WebGL2RenderingContext;
  #program!: WebGLProgram;
  #uniforms!: Record<'centre' | 'unit' | 'size' | 'pass' | 'palette' | 'grey', WebGLUniformLocation>;
  #buffers!: { position: WebGLBuffer; colour: WebGLBuffer; state: WebGLBuffer };
  #xy = new Float32Array(0);
  #colours = new Uint16Array(0);
  #states = new Uint8Array(0);
  #palette = new Uint8Array(PALETTE_SIDE * PALETTE_SIDE * 4);
  #grey: readonly number[] = [200, 200, 200];
  /** Called when the picture has to be drawn again, after a lost context. */
  onRestored: () => void = () => {};

  /** @throws Error when the browser has no WebGL 2. */
  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#gl = this.#context();
    canvas.addEventListener('webglcontextlost', this.#lost);
    canvas.addEventListener('webglcontextrestored', this.#restored);
    this.#build();
  }

  /** Number of points. */
  get count(): number {
    return this.#xy.length / 2;
  }

  setPoints(xy: Float32Array): void {
    this.#xy = new Float32Array(xy);
    this.#colours = new Uint16Array(this.count);
    this.#states = new Uint8Array(this.count).fill(STATE.shown);
    this.#upload(this.#buffers.position, this.#xy);
    this.#upload(this.#buffers.colour, this.#colours);
    this.#upload(this.#buffers.state, this.#states);
  }

  /** @param palette rgb triples, index = colour. */
  setColours(colours: Uint16Array, palette: readonly (readonly number[])[]): void {
    this.#colours = new Uint16Array(colours);
    this.#upload(this.#buffers.colour, this.#colours);
    palette.slice(0, PALETTE_SIDE * PALETTE_SIDE).forEach(([r, g, b], i) => {
      this.#palette.set([r, g, b, 255], 4 * i);
    });
    this.#uploadPalette();
  }

  setStates(states: Uint8Array): void {
    this.#states = new Uint8Array(states);
    this.#upload(this.#buffers.state, this.#states);
  }

  setGrey(rgb: readonly number[]): void {
    this.#grey = rgb;
  }

  /** @param size canvas in CSS pixels; @param diameter of a point in CSS pixels */
  draw(camera: Camera, size: Size, diameter: number, ratio: number): void {
    const gl = this.#gl;
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    gl.viewport(0, 0, width, height);
    gl.useProgram(this.#program);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.uniform2f(this.#uniforms.centre, camera.x, camera.y);
    gl.uniform2f(this.#uniforms.unit, (2 * camera.scale) / size.width, (2 * camera.scale) / size.height);
    gl.uniform1f(this.#uniforms.size, diameter * ratio);
    gl.uniform1i(this.#uniforms.palette, 0);
    gl.uniform3f(this.#uniforms.grey, this.#grey[0] / 255, this.#grey[1] / 255, this.#grey[2] / 255);
    for (const pass of [STATE.grey, STATE.shown, STATE.marked]) {
      if (!this.#states.includes(pass)) continue;
      gl.uniform1ui(this.#uniforms.pass, pass);
      gl.drawArrays(gl.POINTS, 0, this.count);
    }
  }

  dispose(): void {
    this.#canvas.removeEventListener('webglcontextlost', this.#lost);
    this.#canvas.removeEventListener('webglcontextrestored', this.#restored);
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext();
  }

  #context(): WebGL2RenderingContext {
    const gl = this.#canvas.getContext('webgl2', {
      antialias: false,
      alpha: true,
      premultipliedAlpha: true,
      preserveDrawingBuffer: false,
    });
    if (!gl)
      throw new Error(
        'This window has no WebGL 2, which the map needs. Update the graphics driver, or start with software rendering.',
      );
    return gl;
  }

  #lost = (event: Event): void => event.preventDefault();

  #restored = (): void => {
    this.#gl = this.#context();
    this.#build();
    this.#upload(this.#buffers.position, this.#xy);
    this.#upload(this.#buffers.colour, this.#colours);
    this.#upload(this.#buffers.state, this.#states);
    this.#uploadPalette();
    this.onRestored();
  };

  #build(): void {
    const gl = this.#gl;
    const program = gl.createProgram();
    for (const [type, source] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT],
    ] as const) {
      const shader = gl.createShader(type) as WebGLShader;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS))
        throw new Error(gl.getShaderInfoLog(shader) ?? 'shader');
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS))
      throw new Error(gl.getProgramInfoLog(program) ?? 'program');
    this.#program = program;
    const uniform = (name: string): WebGLUniformLocation =>
      gl.getUniformLocation(program, name) as WebGLUniformLocation;
    this.#uniforms = {
      centre: uniform('centre'),
      unit: uniform('unit'),
      size: uniform('size'),
      pass: uniform('pass'),
      palette: uniform('palette'),
      grey: uniform('grey'),
    };
    this.#buffers = { position: gl.createBuffer(), colour: gl.createBuffer(), state: gl.createBuffer() };
    gl.bindVertexArray(gl.createVertexArray());
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers.position);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers.colour);
    gl.enableVertexAttribArray(1);
    gl.vertexAttribIPointer(1, 1, gl.UNSIGNED_SHORT, 0, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers.state);
    gl.enableVertexAttribArray(2);
    gl.vertexAttribIPointer(2, 1, gl.UNSIGNED_BYTE, 0, 0);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    this.#uploadPalette();
  }

  #upload(buffer: WebGLBuffer, data: Float32Array | Uint16Array | Uint8Array): void {
    this.#gl.bindBuffer(this.#gl.ARRAY_BUFFER, buffer);
    this.#gl.bufferData(this.#gl.ARRAY_BUFFER, data as Float32Array<ArrayBuffer>, this.#gl.DYNAMIC_DRAW);
  }

  #uploadPalette(): void {
    const gl = this.#gl;
    gl.texImage2D(
      gl.TEXTURE_2D,
      0,
      gl.RGBA8UI,
      PALETTE_SIDE,
      PALETTE_SIDE,
      0,
      gl.RGBA_INTEGER,
      gl.UNSIGNED_BYTE,
      this.#palette,
    );
  }
}
