/** A first page: apps, deployments, and one deployment watched live. */
const element = (id) => document.getElementById(id);
const retryMs = 2_000;
let socket = null;

async function ask(path, body) {
  const answer = await fetch(
    path,
    body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) },
  );
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error);
  return told;
}

function item(...parts) {
  const li = document.createElement("li");
  li.append(...parts);
  return li;
}

function link(text, href, onclick) {
  const a = Object.assign(document.createElement("a"), { textContent: text, href });
  if (onclick) {
    a.onclick = (event) => {
      event.preventDefault();
      onclick();
    };
  }
  return a;
}

async function refresh() {
  const [apps, deployments] = await Promise.all([ask("/api/apps"), ask("/api/deployments?limit=20")]);
  const names = new Map(apps.data.map((app) => [app.id, app.name]));
  element("apps").replaceChildren(
    ...apps.data.map((app) => {
      const button = Object.assign(document.createElement("button"), {
        textContent: "Deploy",
        onclick: () => deploy(app.id),
      });
      const address = app.live_deployment_id && app.direct_url;
      return item(app.name, address ? link(address, address) : "not live yet", button);
    }),
  );
  if (apps.data.length === 0)
    element("apps").append(item("No app yet. POST /api/apps with a name and a repoUrl makes one."));
  element("deployments").replaceChildren(
    ...deployments.data.map((deployment) =>
      item(
        link(`#${deployment.id}`, `#${deployment.id}`, () => watch(deployment.id)),
        names.get(deployment.app_id) ?? `app ${deployment.app_id}`,
        deployment.stage,
        deployment.commit_message,
        deployment.duration === null ? "" : `${deployment.duration} s`,
      ),
    ),
  );
}

async function deploy(appId) {
  const deployment = await ask("/api/deployments", { appId });
  watch(deployment.id);
  await refresh();
}

function watch(id, after = 0) {
  if (after === 0) element("log").textContent = "";
  socket?.close();
  element("watched").hidden = false;
  element("watched-title").textContent = `Deployment ${id}`;
  element("error").hidden = true;
  location.hash = id;
  let cursor = after;
  let complete = false;
  const own = new WebSocket(
    `${location.origin.replace(/^http/, "ws")}/api/deployments/logs?id=${id}&after=${after}&batch=1`,
  );
  socket = own;
  own.onopen = () => (element("connection").textContent = "Connected");
  own.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (event.type === "logs") {
      const fresh = event.data.lines.filter((line) => line.cursor > cursor);
      cursor = fresh.at(-1)?.cursor ?? cursor;
      element("log").append(fresh.map((line) => line.line).join(""));
    }
    if (event.type === "status") show(event.data);
    complete ||= event.type === "status" && event.data.log_complete;
    if (complete) void refresh();
  };
  own.onclose = () => {
    if (own !== socket || complete) return;
    element("connection").textContent = "Reconnecting…";
    setTimeout(() => own === socket && watch(id, cursor), retryMs);
  };
}

function show(status) {
  element("stage").textContent = `${status.stage}: ${status.message}`;
  element("progress").value = status.progress;
  document.title = `${status.stage} · Slipway`;
  element("error").hidden = status.error_message === "";
  element("error").textContent = status.error_message;
}

await refresh();
if (/^#\d+$/.test(location.hash)) watch(Number(location.hash.slice(1)));
