# The bot as a small image: docker build -t replicate-delete-bot .
# docs/operating.md tells how to run it; `make image` runs these steps where there is no container runtime.
#
# The base is pinned to a release of Python on a release of Debian. A digest pins the bytes, too:
#   docker build --build-arg BASE=python:3.14.7-slim-trixie@sha256:... .
ARG BASE=python:3.14.7-slim-trixie

# What is needed to install packages stays in this stage. Nothing is compiled: each package comes as a wheel.
FROM ${BASE} AS packages
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv --without-pip /venv \
    && python -m pip --python /venv/bin/python install \
       --disable-pip-version-check --no-cache-dir --only-binary :all: --require-hashes --requirement requirements.lock
COPY bot /app/bot
COPY handlers /app/handlers
# Compiled now, as the root of the running container may be read-only.
RUN python -m compileall -q /app

FROM ${BASE}
# PYTHONSAFEPATH: no module is imported from the working directory, which the bot can write.
ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PORT=3000
RUN groupadd --gid 10001 bot \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin bot \
    && install --directory --owner 10001 --group 10001 --mode 0700 /data
COPY --from=packages /venv /venv
COPY --from=packages /app /app
USER 10001:10001
# The only folder that is written to: SQLite's file, if there is no DATABASE_URL, and policy.toml, if there is one.
WORKDIR /data
VOLUME ["/data"]
EXPOSE 3000
# Docker's default is SIGTERM as well; the bot needs up to 10 seconds for what is on its way.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; asked = http.client.HTTPConnection(os.environ.get('HOST') or '127.0.0.1', int(os.environ.get('PORT') or 3000), timeout=4); asked.request('GET', '/healthz'); sys.exit(asked.getresponse().status != 200)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
