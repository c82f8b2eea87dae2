/** Styles of `packages/cli/src/output/colors.ts`, by the code that begins them. */
const begins: Readonly<Record<string, string>> = {
  1: "font-weight:bold",
  2: "opacity:.65",
  31: "color:#ff8279",
  32: "color:#63d188",
  33: "color:#e5b454",
  36: "color:#6ac7dd",
};
const escapeCharacter = String.fromCharCode(27);
const styles = new RegExp(`${escapeCharacter}\\[([\\d;]*)m`, "g");
const ends = new Set(["0", "22", "39"]);

/** A page that shows what a command printed, as a terminal would. */
export function terminalPage(command: string, printed: string): string {
  return `<!doctype html><meta charset="utf-8"><title>${escaped(command)}</title>
<style>body{margin:0;background:#14181d}pre{box-sizing:border-box;width:1000px;white-space:pre-wrap;overflow-wrap:anywhere;margin:0;padding:20px 24px;color:#e8eaed;background:#14181d;font:14px/1.5 ui-monospace,"DejaVu Sans Mono",monospace}</style>
<pre><span style="opacity:.65">$</span> ${escaped(command)}\n${styled(printed)}</pre>`;
}

function styled(printed: string): string {
  let open = 0;
  const html = escaped(printed).replace(styles, (_, code: string) => {
    const style = begins[code];
    if (style !== undefined) open += 1;
    else if (ends.has(code) && open > 0) open -= 1;
    else return "";
    return style === undefined ? "</span>" : `<span style="${style}">`;
  });
  return html + "</span>".repeat(open);
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
