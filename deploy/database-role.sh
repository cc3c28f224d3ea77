#!/bin/sh
# Once, when the database is new: the role that registers and reads. It can neither change nor remove history and ledger.
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 --set password="$(cat /run/secrets/database_password)" <<'SQL'
CREATE ROLE edms_app LOGIN PASSWORD :'password';
SQL
