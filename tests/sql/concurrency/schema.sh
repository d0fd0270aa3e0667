#!/bin/bash
# sql/schema.sql is what the migrations and functions make, and migrating twice changes nothing. Prints TAP.
# Needs an instance (FOODFAST_RUN_DIR), or PGHOST of a server that lets this user in as postgres. Makes a database of its own.
set -euo pipefail

root=$(cd "$(dirname "$0")/../../.." && pwd)
export PGHOST=${PGHOST:-$("$root/tools/foodfast" --run-dir "${FOODFAST_RUN_DIR:?}" psql -XAtc 'show unix_socket_directories')}
export PGUSER=postgres PGDATABASE=foodfast_schema

trap 'dropdb --if-exists --force "$PGDATABASE"' EXIT
dropdb --if-exists --force "$PGDATABASE" 2>/dev/null
createdb "$PGDATABASE"
"$root/tools/migrate" "dbname=$PGDATABASE" 2>/dev/null

if difference=$("$root/tools/migrate" --dump "dbname=$PGDATABASE" | diff "$root/sql/schema.sql" - | head -20) && [[ -z $difference ]]; then
	echo 'ok 1 - sql/schema.sql is current'
else
	echo 'not ok 1 - sql/schema.sql is current'
	printf '# tools/migrate --dump CONNINFO >sql/schema.sql\n'
	printf '%s\n' "$difference" | sed 's/^/# /'
fi
said=$("$root/tools/migrate" "dbname=$PGDATABASE" 2>&1)
[[ -z $said ]] && echo 'ok 2 - migrating again changes nothing' || echo "not ok 2 - migrating again: $said"
echo 1..2
