/** The code of the CloudFront Functions (runtime `cloudfront-js-2.0`). */

/** The id of the REST API's origin; {@link chooseApiOrigin} selects it. */
export const restOriginId = "rest";

/** What is shown at an address of the documentation that has no page. The bucket's own answer is XML. */
const noSuchPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Page not found · Slipway</title><link rel="stylesheet" href="/docs/assets/docs.css"></head>
<body><header><a class="home" href="/docs">Slipway docs</a><a href="/">Dashboard</a></header>
<div class="columns"><main><h1>Page not found</h1>
<p>The documentation has no page at this address. It may have been renamed.</p>
<p><a href="/docs">Go to the documentation, and search it there</a></p></main></div></body></html>`;

/**
 * The dashboard is one page: an address without a file's name is a place in it. Each page of the documentation is a file,
 * and the function knows them: CloudFront can replace an origin's error only for the API's errors too, and calls no
 * function after one. The code of a function has to be below 10 KB.
 */
export const rewriteDeepLinks = (documentation: readonly string[]): string => `var slugs = ${JSON.stringify(
  documentation.filter((address) => address !== "/docs").map((address) => address.slice("/docs/".length)),
)};
var noSuchPage = ${JSON.stringify(noSuchPage)};

function isFileOfSite(name) {
  var page = /^(.+)\\.(html|md)$/.exec(name);
  if (page !== null && (page[1] === "index" || slugs.indexOf(page[1]) !== -1)) return true;
  return name === "search.json" || name.indexOf("assets/") === 0 || name.indexOf("images/") === 0;
}

function handler(event) {
  var request = event.request;
  var path = request.uri.replace(/\\/$/, "");
  var isFile = path.substring(path.lastIndexOf("/") + 1).indexOf(".") !== -1;
  var below = path.indexOf("/docs/") === 0 ? path.substring(6) : null;
  if (path === "/docs") request.uri = "/docs/index.html";
  else if (below === null) request.uri = isFile ? request.uri : "/index.html";
  else if (!isFile && slugs.indexOf(below) !== -1) request.uri = path + ".html";
  else if (isFile && isFileOfSite(below)) request.uri = path;
  else return {
    statusCode: 404,
    statusDescription: "Not Found",
    headers: {
      "content-type": { value: "text/html; charset=utf-8" },
      "cache-control": { value: "no-store" },
      "content-security-policy": { value: "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'" },
      "x-content-type-options": { value: "nosniff" }
    },
    body: { encoding: "text", data: noSuchPage }
  };
  return request;
}
`;

/** API Gateway refuses a foreign Host, so the one that the viewer named travels in a header that only this function sets. */
const setHostHeader = 'request.headers["x-slipway-host"] = { value: request.headers.host.value };';

export const forwardViewerHost = `function handler(event) {
  var request = event.request;
  ${setHostHeader}
  return request;
}
`;

/**
 * The same address serves sockets and readers. Its behaviour leads to the WebSocket API, whose stage takes no path after it;
 * what is no handshake goes to the REST API. \`Upgrade\` is hidden from edge functions, so the handshake is detected by its key.
 * Since the path is lost on the way, the query parameter `feed` distinguishes sockets of the feed from those of one deployment; what the viewer sends in it is overwritten.
 */
export const chooseApiOrigin = (
  socketStage: string,
  watches: "deployment" | "feed",
): string => `import cf from "cloudfront";

function handler(event) {
  var request = event.request;
  ${setHostHeader}
  ${watches === "feed" ? 'request.querystring.feed = { value: "1" };' : "delete request.querystring.feed;"}
  if (request.headers["sec-websocket-key"]) request.uri = "/${socketStage}";
  else cf.selectRequestOriginById("${restOriginId}");
  return request;
}
`;
