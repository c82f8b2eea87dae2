/** The page of a release, as HTML. `commit` and `deployment` are left out where they are unknown. */
export function page({ version, commit, deployment }) {
  const facts = [
    ["Version", version],
    ["Commit", commit?.slice(0, 12)],
    ["Deployment", deployment],
  ].filter(([, value]) => value !== undefined && value !== "");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hello from Slipway</title>
<style>
  :root { color-scheme: light dark; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1.125rem/1.6 system-ui, sans-serif; }
  main { padding: 2rem; max-width: 32rem; }
  h1 { font-size: 2.5rem; line-height: 1.1; margin: 0 0 1rem; }
  dl { display: grid; grid-template-columns: auto 1fr; gap: 0 1rem; }
  dt { opacity: 0.7; }
  dd { margin: 0; font-family: ui-monospace, monospace; }
</style>
</head>
<body>
<main>
<h1>Afloat!</h1>
<p>This page was pushed, built, checked and released by Slipway.</p>
<dl>
${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join("\n")}
</dl>
</main>
</body>
</html>
`;
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text) {
  return String(text).replace(/[&<>"]/g, (character) => ENTITIES[character]);
}
