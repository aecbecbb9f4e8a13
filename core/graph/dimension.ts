/**
 * A dimension: a number, a symbol ('N', or a product such as '4*N'), or null where nothing is known. Symbols with the same
 * text are equal.
 */
export type Dim = number | string | null;
export type Shape = readonly Dim[];

interface Monomial {
  factor: number;
  symbols: string[];
}

function monomial(dim: number | string): Monomial {
  if (typeof dim === 'number') return { factor: dim, symbols: [] };
  const product: Monomial = { factor: 1, symbols: [] };
  for (const part of dim.split('*')) {
    if (/^\d+$/.test(part)) product.factor *= Number(part);
    else product.symbols.push(part);
  }
  product.symbols.sort();
  return product;
}

function written({ factor, symbols }: Monomial): Dim {
  if (symbols.length === 0 || factor === 0) return factor;
  return factor === 1 ? symbols.join('*') : `${factor}*${symbols.join('*')}`;
}

/** Product of dimensions; null as soon as one is unknown. */
export function product(dims: Shape): Dim {
  const all: Monomial = { factor: 1, symbols: [] };
  let unknown = false;
  for (const dim of dims) {
    if (dim === 0) return 0;
    if (dim === null) {
      unknown = true;
      continue;
    }
    const { factor, symbols } = monomial(dim);
    all.factor *= factor;
    all.symbols.push(...symbols);
  }
  all.symbols.sort();
  return unknown ? null : written(all);
}

/** a / b where it divides, else undefined; null where one is unknown. */
export function quotient(a: Dim, b: Dim): Dim | undefined {
  if (a === null || b === null) return null;
  const top = monomial(a);
  const bottom = monomial(b);
  const left = [...top.symbols];
  for (const symbol of bottom.symbols) {
    const at = left.indexOf(symbol);
    if (at < 0) return undefined;
    left.splice(at, 1);
  }
  const factor = top.factor / bottom.factor;
  return Number.isInteger(factor) ? written({ factor, symbols: left }) : undefined;
}

/** Shape for people: 'N×3×112×112'; '?' where a dimension is unknown. */
export function shapeText(shape: Shape | null | undefined): string {
  if (shape === null || shape === undefined) return 'of unknown shape';
  return shape.length === 0 ? 'a scalar' : shape.map((dim) => dim ?? '?').join('×');
}
