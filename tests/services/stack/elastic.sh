#!/bin/bash
# The elastic user's password from its file; every setting of the environment that has a dot in its name, to the server.
set -euo pipefail
settings=()
while IFS='=' read -r name value; do
  case $name in *.*) settings+=("-E$name=$value");; esac
done < <(env)
if [ ! -f config/elasticsearch.keystore ]; then
  bin/elasticsearch-keystore create >/dev/null
  bin/elasticsearch-keystore add -x bootstrap.password <"$ELASTIC_PASSWORD_FILE" >/dev/null
fi
exec bin/elasticsearch "${settings[@]}"
