# syntax=docker/dockerfile:1
# The programs, each a target: api (one process), silo (one of a cluster), sim (a simulated shop), caddy (in front).
# docker-compose.yml builds them; docs/OPERATIONS.md says what they need.
ARG DOTNET=10.0
ARG UBUNTU=noble
ARG CADDY=2

FROM mcr.microsoft.com/dotnet/sdk:${DOTNET}-${UBUNTU} AS source
WORKDIR /source
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
COPY . .

FROM source AS build-api
RUN dotnet publish api/StepCloud.Api.csproj -c Release -o /out --nologo -p:UseAppHost=true

FROM source AS build-silo
RUN dotnet publish silo/StepCloud.Silo.csproj -c Release -o /out --nologo -p:UseAppHost=true

FROM source AS build-sim
RUN dotnet publish gateway-sim/StepCloud.GatewaySim.csproj -c Release -o /out --nologo -p:UseAppHost=true

# What hashes passwords and what batch records are set in, at the paths where the program looks, and folders that its account may write to.
FROM mcr.microsoft.com/dotnet/sdk:${DOTNET}-${UBUNTU} AS parts
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsodium23 fonts-dejavu-core \
    && mkdir -p /parts/usr/lib /parts/usr/share/fonts/truetype /parts/data \
    && cp -L /usr/lib/*-linux-gnu/libsodium.so.23 /parts/usr/lib/ \
    && cp -r /usr/share/fonts/truetype/dejavu /parts/usr/share/fonts/truetype/

# Chiselled: no shell, no package manager, and an account without rights (1654) that everything runs as. Nothing is written but to /data.
FROM mcr.microsoft.com/dotnet/aspnet:${DOTNET}-${UBUNTU}-chiseled AS base
COPY --from=parts /parts/usr /usr
COPY --from=parts --chown=1654:1654 /parts/data /data
ENV Server__Data=/data Server__Address=0.0.0.0 DOTNET_EnableDiagnostics=0
USER 1654:1654
WORKDIR /app
VOLUME /data

FROM base AS api
COPY --from=build-api /out .
EXPOSE 8080 1883 8883
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 CMD ["/app/stepcloud", "ready"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/stepcloud"]
CMD ["serve"]

FROM base AS silo
COPY --from=build-silo /out .
EXPOSE 8080 1883 8883 11111
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 CMD ["/app/stepcloud-silo", "ready"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/stepcloud-silo"]
CMD ["serve"]

FROM base AS sim
COPY --from=build-sim /out .
ENTRYPOINT ["/app/gateway-sim"]

# The program without the right to ports below 1024, which it would not start with where that right is taken from it: it listens on higher ones.
FROM caddy:${CADDY} AS caddy
RUN setcap -r /usr/bin/caddy && mkdir -p /data /config && chown -R 1654:1654 /data /config
COPY Caddyfile /etc/caddy/Caddyfile
ENV STEPCLOUD_HTTP_PORT=8080 STEPCLOUD_HTTPS_PORT=8443
USER 1654:1654
EXPOSE 8080 8443
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["nc", "-z", "127.0.0.1", "8443"]
