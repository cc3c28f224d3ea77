#!/bin/sh
# The service's own user of Elasticsearch with no more rights than it needs (docs/operations.md). Safe to repeat.
set -eu
put() {
  # An engine that has just come up answers before it can keep users: it is asked again for two minutes.
  left=60
  while :; do
    said=$(curl --silent --show-error --user "elastic:$(cat /run/secrets/elastic_root_password)" --write-out '\n%{http_code}' \
      --header 'Content-Type: application/json' --request PUT "http://elastic:9200/_security/$1" --data "$2") || said="$said
000"
    case $said in *"
"2[0-9][0-9]) return 0;; esac
    left=$((left - 1))
    [ "$left" -gt 0 ] || { echo "Elasticsearch refused $1: $said" >&2; return 1; }
    sleep 2
  done
}
put role/edms_service '{"cluster": ["monitor"], "indices": [{"names": ["edms-v*"], "privileges": ["manage", "read", "write"]}]}'
put user/edms-service "{\"password\": \"$(cat /run/secrets/elastic_password)\", \"roles\": [\"edms_service\"]}"
