/** Every error that a request can get: its code, its status, and the sentence that people read. The shape of an error is `errorSchema`. */
export const errors = {
  malformed_json: { status: 400, sentence: "The body is not valid JSON." },
  invalid_request: { status: 400, sentence: "The request has invalid fields; see details." },
  websocket_required: { status: 400, sentence: "This address is a WebSocket: connect with ws:// or wss://." },
  invalid_cursor: { status: 400, sentence: "The cursor must be a whole number from 0 on." },
  unauthorized: { status: 401, sentence: "Sign in, or send a token in the Authorization header." },
  wrong_signature: {
    status: 401,
    sentence:
      "The signature in X-Hub-Signature-256 is not that of this body under our secret. Compare the secret on the Git host with the one in Secrets Manager.",
  },
  forbidden: { status: 403, sentence: "Your role does not allow this." },
  foreign_origin: { status: 403, sentence: "Requests from this origin are not accepted." },
  csrf_required: {
    status: 403,
    sentence:
      "Who signed in by cookie repeats the csrf value of GET /api/auth/me in the header X-Slipway-CSRF to change something.",
  },
  not_an_approver: { status: 403, sentence: "You may not approve this deployment." },
  not_found: { status: 404, sentence: "There is nothing at this address." },
  app_not_found: { status: 404, sentence: "There is no such app." },
  deployment_not_found: { status: 404, sentence: "There is no such deployment." },
  run_not_found: { status: 404, sentence: "There is no such run." },
  token_not_found: { status: 404, sentence: "There is no such token." },
  method_not_allowed: { status: 405, sentence: "This address does not take that method." },
  name_taken: { status: 409, sentence: "There is an app of that name already." },
  conflict: { status: 409, sentence: "Somebody else changed it at the same moment. Read it again and repeat." },
  idempotency_conflict: { status: 409, sentence: "This Idempotency-Key was used with another body." },
  already_finished: { status: 409, sentence: "It has already finished." },
  not_pinned: { status: 409, sentence: "The app isn't pinned." },
  stage_conflict: { status: 409, sentence: "The deployment's stage does not allow this." },
  github_app_exists: { status: 409, sentence: "There is a GitHub App already. Forget it before you make another." },
  github_not_connected: { status: 409, sentence: "There is no GitHub App to sign in with. Sign in with a token." },
  github_account_taken: {
    status: 409,
    sentence: "Another token is for this GitHub account. Revoke that one first; it may have expired.",
  },
  github_setup_over: {
    status: 409,
    sentence:
      "This set-up was begun by somebody else, was finished before, or is more than an hour old. Begin it again.",
  },
  nothing_live: { status: 409, sentence: "Nothing of the app is live." },
  runs_disabled: { status: 409, sentence: "One-off commands are switched off for this app." },
  release_not_kept: { status: 409, sentence: "The image of that deployment is not kept." },
  body_too_large: { status: 413, sentence: "The body is too large; 64 KB are accepted." },
  unsupported_media_type: { status: 415, sentence: "Send JSON, with Content-Type: application/json." },
  too_many_requests: { status: 429, sentence: "Too many requests. Wait, and try again." },
  internal_error: {
    status: 500,
    sentence: "Something went wrong on our side. Try again; the request id helps to find out why.",
  },
  github_unreachable: { status: 502, sentence: "GitHub did not answer. Try again in a minute." },
  storage_unavailable: {
    status: 503,
    sentence: "The disk takes no more. Make room; changes are accepted again by themselves.",
  },
  webhook_secret_missing: {
    status: 503,
    sentence:
      "No webhook is taken in before its secret is set: put one into Secrets Manager, and the same one on the Git host.",
  },
} as const;

export type ErrorCode = keyof typeof errors;
/** In the order of the table. */
export const errorCodes = Object.keys(errors) as readonly ErrorCode[];
