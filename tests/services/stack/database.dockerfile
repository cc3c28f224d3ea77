# PostgreSQL 17; its clients are Debian's.
ARG BASE
FROM ${BASE}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-client >/dev/null
COPY postgres /usr/local/
COPY postgres.sh /usr/local/bin/docker-entrypoint.sh
RUN groupadd --gid 999 postgres && useradd --uid 999 --gid postgres postgres \
    && install -d -o 999 -g 999 -m 1777 /var/lib/postgresql/data /docker-entrypoint-initdb.d
ENV PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
