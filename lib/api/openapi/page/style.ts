/** Dark or light as the reader's system is; one column on a phone. */
export const style = `
:root { color-scheme: light dark; --text: light-dark(#1f2328, #e6edf3); --muted: light-dark(#57606a, #9da7b1);
  --ground: light-dark(#fff, #0d1014); --raised: light-dark(#f6f8fa, #161b22); --line: light-dark(#d0d7de, #30363d);
  --link: light-dark(#0550ae, #79c0ff); }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; background: var(--ground); }
body { margin: 0; color: var(--text); font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
a { color: var(--link); }
h1 { margin-bottom: 0; } h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
h3 { display: flex; flex-wrap: wrap; gap: .25rem .6rem; align-items: baseline; margin: 2.25rem 0 .25rem; font-size: 1.05rem; }
h4 { margin: 1rem 0 .25rem; font-size: .9rem; }
h3 a { color: inherit; text-decoration: none; } h3 a:hover { text-decoration: underline; }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
pre { margin: .5rem 0; padding: .75rem; overflow-x: auto; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; overflow-wrap: normal; }
small, .muted { color: var(--muted); }
.method { font: 600 .8em ui-monospace, monospace; padding: .1rem .4rem; border: 1px solid var(--line); border-radius: 4px; background: var(--raised); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
td:first-child { min-width: 7rem; } td:nth-child(2) { min-width: 6rem; } td:last-child { min-width: 8rem; }
nav ul { columns: 15rem; padding-left: 1.1rem; margin: .25rem 0 1rem; font-size: .95rem; }
summary { cursor: pointer; } td p { margin: 0 0 .25rem; }
@media (max-width: 40rem) { table, tbody, tr, td { display: block; } thead { display: none; }
  tr { padding: .4rem 0; border-bottom: 1px solid var(--line); } td { padding: 0; border: 0; } }
`;
