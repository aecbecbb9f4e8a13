import type { Camera, Size } from './camera.ts';
import { type Layers, layersOf, shuffledOrder } from './layers.ts';
import { linkProgram } from './shaders.ts';

/** How the points of one frame look. */
export interface Look {
  /** Diameter of a point in CSS pixels. */
  diameter: number;
  /** Opacity of a point that counts, 0 … 1. */
  alpha: number;
  /** Part of the points that is drawn, 0 … 1: less than all while the map moves faster than it can be drawn. */
  share: number;
}

const PALETTE_SIDE = 256;
/** A grey point against one that counts: smaller and fainter, but never gone. */
const GREY = { size: 0.8, alpha: 0.6 };

/**
 * Draws points by WebGL 2: positions and a 16-bit colour index per point are uploaded once, and an index list says which
 * of them are grey and which count, so that every frame runs through each point once. 65,536 colours, so that 270
 * cohorts or 1,000 clusters fit. A lost context is restored by itself from the arrays kept here.
 */
export class PointRenderer {
  readonly #canvas: HTMLCanvasElement;
  #gl: WebGL2RenderingContext;
  #uniforms!: Record<
    'centre' | 'unit' | 'size' | 'alpha' | 'greyed' | 'palette' | 'grey',
    WebGLUniformLocation
  >;
  #buffers!: { position: WebGLBuffer; colour: WebGLBuffer; order: WebGLBuffer };
  #xy: Float32Array = new Float32Array(0);
  #colours: Uint16Array = new Uint16Array(0);
  #order: Uint32Array = new Uint32Array(0);
  #layers: Layers = { order: new Uint32Array(0), grey: 0, shown: 0 };
  #palette = new Uint8Array(PALETTE_SIDE * PALETTE_SIDE * 4);
  #grey: readonly number[] = [200, 200, 200];
  #lostNow = false;
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

  /** New points; all of them count until `setStates` says otherwise. The array is kept, not copied. */
  setPoints(xy: Float32Array): void {
    this.#xy = xy;
    this.#order = shuffledOrder(this.count);
    this.#colours = new Uint16Array(this.count);
    this.#layers = { order: this.#order, grey: 0, shown: this.count };
    this.#uploadAll();
  }

  /** @param palette rgb triples, index = colour. */
  setColours(colours: Uint16Array, palette: readonly (readonly number[])[]): void {
    this.#colours = colours;
    this.#upload('colour');
    const count = Math.min(palette.length, PALETTE_SIDE * PALETTE_SIDE);
    for (let i = 0; i < count; i++) {
      const [r, g, b] = palette[i];
      this.#palette[4 * i] = r;
      this.#palette[4 * i + 1] = g;
      this.#palette[4 * i + 2] = b;
      this.#palette[4 * i + 3] = 255;
    }
    this.#uploadPalette();
  }

  /** @param states one STATE per point */
  setStates(states: Uint8Array): void {
    this.#layers = layersOf(this.#order, states);
    this.#upload('order');
  }

  setGrey(rgb: readonly number[]): void {
    this.#grey = rgb;
  }

  /**
   * @param size of the canvas in CSS pixels; @param ratio device pixels per CSS pixel
   * @returns points drawn; undefined while the context is lost
   */
  draw(camera: Camera, size: Size, look: Look, ratio: number): { grey: number; shown: number } | undefined {
    const gl = this.#gl;
    if (this.#lostNow) return undefined;
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.uniform2f(this.#uniforms.centre, camera.x, camera.y);
    gl.uniform2f(this.#uniforms.unit, (2 * camera.scale) / size.width, (2 * camera.scale) / size.height);
    gl.uniform1i(this.#uniforms.palette, 0);
    gl.uniform3f(this.#uniforms.grey, this.#grey[0] / 255, this.#grey[1] / 255, this.#grey[2] / 255);
    const { grey, shown } = this.#layers;
    // Grey points first, so that they never cover one that counts.
    return {
      grey: this.#drawLayer(0, grey, look, ratio, true),
      shown: this.#drawLayer(grey, shown, look, ratio, false),
    };
  }

  dispose(): void {
    this.#canvas.removeEventListener('webglcontextlost', this.#lost);
    this.#canvas.removeEventListener('webglcontextrestored', this.#restored);
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext();
  }

  #drawLayer(first: number, count: number, look: Look, ratio: number, greyed: boolean): number {
    const drawn = Math.ceil(count * look.share);
    if (drawn === 0) return 0;
    const gl = this.#gl;
    const wanted = look.diameter * ratio * (greyed ? GREY.size : 1);
    const alpha = look.alpha * (greyed ? GREY.alpha : 1);
    // A point of two pixels' side covers four pixels wherever it falls; smaller ones would flicker while the map moves,
    // so they stay that large and become fainter instead.
    const size = Math.max(2, wanted);
    gl.uniform1f(this.#uniforms.size, size > 2.5 ? size : 2);
    gl.uniform1f(this.#uniforms.alpha, Math.max(0.04, alpha * Math.min(1, (wanted / size) ** 2)));
    gl.uniform1f(this.#uniforms.greyed, greyed ? 1 : 0);
    gl.drawElements(gl.POINTS, drawn, gl.UNSIGNED_INT, 4 * first);
    return drawn;
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

  #lost = (event: Event): void => {
    event.preventDefault();
    this.#lostNow = true;
  };

  #restored = (): void => {
    this.#lostNow = false;
    this.#gl = this.#context();
    this.#build();
    this.#uploadAll();
    this.onRestored();
  };

  #build(): void {
    const gl = this.#gl;
    const program = linkProgram(gl);
    gl.useProgram(program);
    const uniform = (name: string): WebGLUniformLocation =>
      gl.getUniformLocation(program, name) as WebGLUniformLocation;
    this.#uniforms = {
      centre: uniform('centre'),
      unit: uniform('unit'),
      size: uniform('size'),
      alpha: uniform('alpha'),
      greyed: uniform('greyed'),
      palette: uniform('palette'),
      grey: uniform('grey'),
    };
    this.#buffers = { position: gl.createBuffer(), colour: gl.createBuffer(), order: gl.createBuffer() };
    gl.bindVertexArray(gl.createVertexArray());
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers.position);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers.colour);
    gl.enableVertexAttribArray(1);
    gl.vertexAttribIPointer(1, 1, gl.UNSIGNED_SHORT, 0, 0);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#buffers.order);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    this.#uploadPalette();
  }

  #uploadAll(): void {
    this.#upload('position');
    this.#upload('colour');
    this.#upload('order');
    this.#uploadPalette();
  }

  #upload(what: 'position' | 'colour' | 'order'): void {
    const gl = this.#gl;
    const target = what === 'order' ? gl.ELEMENT_ARRAY_BUFFER : gl.ARRAY_BUFFER;
    const data = { position: this.#xy, colour: this.#colours, order: this.#layers.order }[what];
    gl.bindBuffer(target, this.#buffers[what]);
    gl.bufferData(target, data as Float32Array<ArrayBuffer>, gl.DYNAMIC_DRAW);
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
