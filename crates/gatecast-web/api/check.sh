#!/usr/bin/env bash
# Tries the API with requests that schemathesis makes of its own description, valid ones and others: whatever comes
# back must be described there, and never a failure of the service.
#
#   crates/gatecast-web/api/check.sh PROGRAM SCHEMATHESIS [REQUESTS]
set -euo pipefail
program=$(realpath "$1") schemathesis=$2 requests=${3:-50}
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'kill "$service" 2>/dev/null || true; rm -rf "$folder"' EXIT

"$program" train --quiet - --preset plain --hidden 4 --window 5 --epochs 2 --horizon 2 --out "$folder/models/m.safetensors" \
	> "$folder/train" < <(echo date,close; for day in $(seq 10 28); do for month in 01 02 03 04 05 06; do
		echo "2024-$month-$day,$((day * 7 % 5 + 100))"; done; done | sort)
"$program" serve --models "$folder/models" --port 0 --json --max-seconds 20 > "$folder/ready" 2> "$folder/log" &
service=$!
until grep -q url "$folder/ready"; do sleep 0.1; done
url=$(sed -n 's/.*"url": "\(.*\)".*/\1/p' "$folder/ready")
curl --silent --fail --output "$folder/file" --request POST "$url/v1/files?sample=sp500"
cd "$folder"
# A stream of events may never end.
"$schemathesis" --config-file "$here/schemathesis.toml" run "$url/openapi.json" --checks all --max-examples "$requests" \
	--request-timeout 30 --exclude-operation-id watch_run --exclude-operation-id delete_model
if grep -E "panicked|ERROR" log; then exit 1; fi
