# syntax=docker/dockerfile:1

FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock \
    && python -m venv /opt/easel \
    && /opt/easel/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY cogs cogs
COPY sandbox sandbox
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
    && /opt/easel/bin/pip install --no-cache-dir --no-deps --no-index /dist/easel-*.whl

FROM python:3.13-slim-bookworm
# The number is fixed so that a folder of the host can be given to it: chown 10001:10001.
RUN groupadd --gid 10001 easel \
    && useradd --uid 10001 --gid easel --no-create-home --home-dir /app --shell /usr/sbin/nologin easel \
    && install -d -o easel -g easel /app /app/data
COPY --from=build /opt/easel /opt/easel
ENV PATH=/opt/easel/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LOG_FORMAT=json
WORKDIR /app
USER 10001:10001
VOLUME /app/data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["easel", "healthcheck"]
ENTRYPOINT ["easel"]
CMD ["run"]
