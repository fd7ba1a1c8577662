# The bot in a container: built from the lock with its hashes, run by a user without rights.
#
#   docker build -t dlf-bot .
#   docker run --read-only --tmpfs /tmp --stop-timeout 15 -v dlf-bot:/data \
#     -v ./config.yaml:/etc/dlf-bot/config.yaml:ro --env-file .env -p 8080:8080 dlf-bot
#
# SQLite belongs on the volume: store: sqlite:////data/dlf-bot.db
# .env has lines NAME=value without quotes; config.yaml must be readable by the user 10001.

FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.txt pyproject.toml README.md LICENSE ./
COPY bot bot
RUN python -m venv --without-pip /opt/dlf-bot \
 && pip --python /opt/dlf-bot install --no-cache-dir --require-hashes -r requirements.txt \
 && pip --python /opt/dlf-bot install --no-cache-dir --no-deps --no-build-isolation . \
 && pip --python /opt/dlf-bot uninstall --yes hatchling editables pathspec pluggy tomlkit trove-classifiers

FROM python:3.13-slim
RUN useradd --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin dlf-bot
COPY --from=build /opt/dlf-bot /opt/dlf-bot
ENV PATH=/opt/dlf-bot/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DLF_BOT_CONFIG=/etc/dlf-bot/config.yaml
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["dlf-bot", "health"]
ENTRYPOINT ["dlf-bot"]
CMD ["run"]
