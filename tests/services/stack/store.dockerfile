ARG BASE
FROM ${BASE}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends wget >/dev/null
COPY versitygw /usr/bin/versitygw
ENTRYPOINT ["versitygw"]
