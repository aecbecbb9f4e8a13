// The basic bundle is plotly.js with fewer trace types; it ships without types of its own.
declare module 'plotly.js-basic-dist-min' {
  export * from 'plotly.js';

  import * as Plotly from 'plotly.js';
  export default Plotly;
}
