const IMPORT = /(?:^|[;\s}])(?:import|export)\s*(?:[\w$*{},\s]+?\s*from\s*)?["']([^"'\n]+)["']/g;
const CALL = /(?:\bimport|(?<![.\w])(?:__)?require)\s*\(\s*["']([^"'\n]+)["']\s*\)/g;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
const TYPES = /(?:^|[;\s}])(?:import|export)\s+type\s[^;]*?from\s*["'][^"'\n]+["']/g;

/** What a module names in `import`, `export … from`, `import()` and `require()`; types are erased and do not count. */
export function importsOf(code: string): string[] {
  const text = code.replace(COMMENT, '').replace(TYPES, '');
  const names = [...text.matchAll(IMPORT), ...text.matchAll(CALL)].map(([, name]) => name);
  return [...new Set(names)];
}
