const VERTEX = `#version 300 es
layout(location = 0) in vec2 position;
layout(location = 1) in uint colour;
uniform vec2 centre;
uniform vec2 unit;
uniform float size;
uniform float alpha;
uniform float greyed;
uniform highp usampler2D palette;
uniform vec3 grey;
flat out vec4 fill;
flat out float diameter;
void main() {
  gl_Position = vec4((position - centre) * unit, 0.0, 1.0);
  gl_PointSize = size;
  uvec4 texel = texelFetch(palette, ivec2(int(colour & 255u), int(colour >> 8)), 0);
  fill = vec4(mix(vec3(texel.rgb) / 255.0, grey, greyed), alpha);
  diameter = size;
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
flat in vec4 fill;
flat in highp float diameter;
out vec4 colour;
void main() {
  float cover = fill.a;
  // Small points are squares anyway; larger ones get a round edge, one pixel soft.
  if (diameter > 2.5) {
    cover *= clamp(0.5 + (0.5 - length(gl_PointCoord - 0.5)) * diameter, 0.0, 1.0);
  }
  colour = vec4(fill.rgb * cover, cover);
}`;

/** Compiles and links the points' program. @throws Error with the compiler's words */
export function linkProgram(gl: WebGL2RenderingContext): WebGLProgram {
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
  return program;
}
