#!/usr/bin/env bash
# Deploys a commit and watches it to its end. Ends with 0 if the new version serves, with 1 if it does not,
# and with 2 or 3 if it could not be asked for or watched.
set -euo pipefail

slipway() { node "$GITHUB_ACTION_PATH/slipway.mjs" "$@"; }
read_field() { node -p 'JSON.parse(process.argv[1])[process.argv[2]] ?? ""' "$1" "$2"; }

deployment=$(slipway deploy "$APP" --commit "$COMMIT" --reason "$REASON" --idempotency-key "$KEY" --json)
id=$(read_field "$deployment" id)
echo "deployment-id=$id" >> "$GITHUB_OUTPUT"

status=0
slipway watch "$id" --timeout "$TIMEOUT" || status=$?
if [ "$status" -ne 0 ]; then
  echo "::error title=Deployment $id of $APP::It did not end well: $SLIPWAY_URL/deployments/$id"
  exit "$status"
fi
echo "url=$(read_field "$(slipway apps show "$APP" --json)" url)" >> "$GITHUB_OUTPUT"
