const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 } .head { font-weight: 600; font-size: 15px } .end { text-anchor: end } .mid { text-anchor: middle }
  .quiet { fill: #59636e; font-size: 12px } .bar { fill: #8c959f } .met { fill: #2da44e } .missed { fill: #cf222e }
  .spread { stroke: #1f2328; stroke-width: 1.5 } .target { stroke: #0969da; stroke-width: 2; stroke-dasharray: 3 2 }
  .line { fill: none; stroke: #0969da; stroke-width: 2 } .dot { fill: #0969da } .axis { stroke: #d1d9e0 } .ground { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .quiet { fill: #9198a1 } .bar { fill: #656c76 } .met { fill: #3fb950 } .missed { fill: #f85149 }
    .spread { stroke: #f0f6fc } .target { stroke: #58a6ff } .line { stroke: #58a6ff } .dot { fill: #58a6ff } .axis { stroke: #3d444d } .ground { fill: #0d1117 }
  }`;

/** A drawing for a page, readable on a light and on a dark one. @param label what a screen reader says of it */
export function toDrawing(label: string, width: number, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/** @param look its classes: `head`, `quiet`, `end`, `mid` */
export function text(x: number, y: number, content: string, look: string): string {
  return `<text class="${look}" x="${x}" y="${y}">${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
