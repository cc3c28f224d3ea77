# The service as an image: `docker build -t edms .`; docker-compose.yml runs it beside PostgreSQL.
ARG BASE=debian:12-slim
FROM ${BASE}
WORKDIR /srv/edms
COPY . .
# The same script that prepares any machine; LibreOffice turns Word templates into PDF.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 ca-certificates libreoffice-writer-nogui >/dev/null \
    && .ci/prepare run && rm -rf /var/lib/apt/lists/* /root/.cache \
    && useradd --system --create-home --home-dir /var/lib/edms edms
USER edms
ENV EDMS_DATA_DIR=/var/lib/edms/data EDMS_LISTEN=0.0.0.0:8080 LANG=C.UTF-8
VOLUME /var/lib/edms
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD [".venv/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
ENTRYPOINT [".venv/bin/edms"]
CMD ["serve"]
