/** Every error that a request can get: its code, its status, and its message. The shape of an error is `errorSchema`. */
export const errors = {
  malformed_json: { status: 400, sentence: "The body is not valid JSON." },
  invalid_request: { status: 400, sentence: "The request has invalid fields; see details." },
  websocket_required: { status: 400, sentence: "This endpoint requires a WebSocket. Connect with ws:// or wss://." },
  invalid_cursor: { status: 400, sentence: "The cursor must be an integer of 0 or more." },
  unauthorized: { status: 401, sentence: "Sign in, or send a token in the Authorization header." },
  wrong_signature: {
    status: 401,
    sentence:
      "The signature in X-Hub-Signature-256 does not match. Use the same secret on the Git host and in Secrets Manager.",
  },
  forbidden: { status: 403, sentence: "Your role does not allow this." },
  foreign_origin: {
    status: 403,
    sentence:
      "Requests from this origin are not allowed. Add it to the stack parameter AllowedOrigins, or in local mode to --allow-origin.",
  },
  csrf_required: {
    status: 403,
    sentence: "With a session cookie, changes need the header X-Slipway-CSRF with the csrf value of GET /api/auth/me.",
  },
  not_an_approver: { status: 403, sentence: "You are not allowed to approve this deployment." },
  not_found: { status: 404, sentence: "This URL does not exist." },
  app_not_found: { status: 404, sentence: "App not found." },
  deployment_not_found: { status: 404, sentence: "Deployment not found." },
  run_not_found: { status: 404, sentence: "Run not found." },
  token_not_found: { status: 404, sentence: "Token not found." },
  method_not_allowed: { status: 405, sentence: "This method is not allowed for this URL." },
  name_taken: { status: 409, sentence: "An app with this name already exists." },
  domain_taken: { status: 409, sentence: "Another app has this domain. Remove it there first." },
  domain_not_failed: { status: 409, sentence: "The app has no such domain that failed." },
  conflict: { status: 409, sentence: "It was changed by another request at the same time. Read it again, then retry." },
  idempotency_conflict: { status: 409, sentence: "This Idempotency-Key was already used with a different body." },
  already_finished: { status: 409, sentence: "It has already finished." },
  not_pinned: { status: 409, sentence: "The app is not pinned." },
  stage_conflict: { status: 409, sentence: "This is not possible in the deployment's current stage." },
  github_app_exists: {
    status: 409,
    sentence: "A GitHub App is already connected. Disconnect it before you create another one.",
  },
  github_not_connected: { status: 409, sentence: "No GitHub App is connected. Sign in with a token." },
  github_account_taken: {
    status: 409,
    sentence: "This GitHub account belongs to another token, which may have expired. Revoke that token first.",
  },
  github_setup_over: {
    status: 409,
    sentence: "This setup was started by someone else, is already finished, or is more than an hour old. Start again.",
  },
  runs_disabled: { status: 409, sentence: "One-off commands are disabled for this app." },
  release_not_kept: { status: 409, sentence: "The image of this deployment is no longer available." },
  frozen: { status: 409, sentence: "Deployments are frozen." },
  nothing_live: { status: 409, sentence: "The app has no live release." },
  secrets_not_kept: {
    status: 409,
    sentence: "The secrets of this deployment are no longer available. Deploy again to use the current ones.",
  },
  body_too_large: { status: 413, sentence: "The body is larger than 64 KB." },
  unsupported_media_type: { status: 415, sentence: "Send JSON with Content-Type: application/json." },
  too_many_requests: { status: 429, sentence: "Too many requests. Wait, then try again." },
  internal_error: {
    status: 500,
    sentence: "Something went wrong on our side. Try again. If it continues, report the request ID.",
  },
  github_unreachable: { status: 502, sentence: "GitHub did not respond. Try again in a minute." },
  tasks_unknown: {
    status: 503,
    sentence: "AWS did not say in time how the app's tasks are. Try again in five seconds.",
  },
  secrets_throttled: {
    status: 503,
    sentence: "AWS Systems Manager is throttling requests. Wait ten seconds, then send the request again.",
  },
  storage_unavailable: {
    status: 503,
    sentence: "The disk is full or cannot be written to. Free up space; changes are then accepted again.",
  },
  usage_unavailable: { status: 503, sentence: "CloudWatch did not respond. Try again in a minute." },
  webhook_secret_missing: {
    status: 503,
    sentence:
      "Webhooks are rejected until a signing secret is configured. Store one in Secrets Manager, and use the same one on the Git host.",
  },
} as const;

export type ErrorCode = keyof typeof errors;
/** In the order of the table. */
export const errorCodes = Object.keys(errors) as readonly ErrorCode[];
