/** The code of the CloudFront Functions (runtime `cloudfront-js-2.0`). */

/** The id of the REST API's origin; {@link chooseApiOrigin} selects it. */
export const restOriginId = "rest";

/** The dashboard is one page: an address without a file's name is a place in it. */
export const rewriteDeepLinks = `function handler(event) {
  var request = event.request;
  var last = request.uri.substring(request.uri.lastIndexOf("/") + 1);
  if (last.indexOf(".") === -1) request.uri = "/index.html";
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
