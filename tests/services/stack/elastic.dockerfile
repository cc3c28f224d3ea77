# The core distribution has users and roles, but not the module with three filters that their index asks for.
ARG BASE
FROM ${BASE}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends wget >/dev/null
RUN apt-get install -y -qq --no-install-recommends openjdk-17-jdk-headless curl >/dev/null
COPY elasticsearch /usr/share/elasticsearch/
COPY EmailAnalysis.* /tmp/
COPY elastic.sh /usr/local/bin/docker-entrypoint.sh
RUN cd /usr/share/elasticsearch && mkdir -p plugins/stand-in data logs && chmod 0755 bin/* \
    && javac -nowarn -cp "lib/*" -d /tmp/made /tmp/EmailAnalysis.java && jar cf plugins/stand-in/stand-in.jar -C /tmp/made . \
    && cp /tmp/EmailAnalysis.properties plugins/stand-in/plugin-descriptor.properties \
    && echo 'network.host: 0.0.0.0' >config/elasticsearch.yml \
    && groupadd --gid 1000 elasticsearch && useradd --uid 1000 --gid 1000 elasticsearch && chown -R 1000:0 config data logs
ENV ES_JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64
WORKDIR /usr/share/elasticsearch
USER 1000:0
ENTRYPOINT ["docker-entrypoint.sh"]
