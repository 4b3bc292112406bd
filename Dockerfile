# syntax=docker/dockerfile:1
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY mockserver ./mockserver
COPY fixtures ./fixtures
RUN python3 -m venv /opt/flexprice-mock \
 && /opt/flexprice-mock/bin/pip install --no-cache-dir --disable-pip-version-check . \
 && rm -rf /opt/flexprice-mock/lib/python3*/site-packages/pycountry/locales \
 && /opt/flexprice-mock/bin/pip uninstall --quiet --yes pip

FROM python:3.12-slim
# Group 0 may write /data, so that an arbitrary uid of that group can (OpenShift).
RUN useradd --system --uid 10001 --gid 0 --no-create-home flexprice \
 && mkdir /data && chown flexprice:0 /data && chmod 0770 /data
COPY --from=build /opt/flexprice-mock /opt/flexprice-mock
# Every option of `flexprice-mock serve` is an environment variable; docs/reference/options.md lists them.
ENV PATH=/opt/flexprice-mock/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    FLEXPRICE_MOCK_HOST=0.0.0.0 \
    FLEXPRICE_MOCK_PORT=8080 \
    FLEXPRICE_MOCK_DB=/data/state.db
USER 10001:0
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s --retries=3 \
    CMD ["python3", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['FLEXPRICE_MOCK_PORT'] + '/health', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["flexprice-mock"]
CMD ["serve"]
