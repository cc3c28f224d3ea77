#!/bin/sh
# The service's own user of Elasticsearch with no more rights than it needs (docs/operations.md). Safe to repeat.
set -eu
put() {
  curl --silent --show-error --fail-with-body --user "elastic:$(cat /run/secrets/elastic_root_password)" \
    --header 'Content-Type: application/json' --request PUT "http://elastic:9200/_security/$1" --data "$2" >/dev/null
}
put role/edms_service '{"cluster": ["monitor"], "indices": [{"names": ["edms-v*"], "privileges": ["manage", "read", "write"]}]}'
put user/edms-service "{\"password\": \"$(cat /run/secrets/elastic_password)\", \"roles\": [\"edms_service\"]}"
