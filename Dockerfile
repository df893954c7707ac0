# The wheel is built in one image and installed in another, which has neither source nor build tools.
# tests/end_to_end/test_installed_wheel.py runs the commands of the first image, word for word, without an engine.
# For builds that never change by themselves, name an image by its digest: --build-arg PYTHON=python@sha256:...
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1
WORKDIR /source
COPY requirements/ requirements/
# Before the source, so that a changed line of ours does not install everything anew. Wheels alone: nothing is compiled,
# and nothing of another package runs while it is installed.
RUN python -m venv --without-pip /opt/reminders
RUN pip --python /opt/reminders/bin/python install --only-binary :all: --require-hashes -r requirements/run.txt
RUN pip install --only-binary :all: --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY alembic/ alembic/
COPY schedules/ schedules/
COPY reminders/ reminders/
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheel .
RUN pip --python /opt/reminders/bin/python install --no-deps /wheel/*.whl

FROM ${PYTHON}
# A number, so that a platform can see without looking inside that it is not root.
RUN pip uninstall --yes --root-user-action ignore pip \
 && groupadd --gid 10001 reminders \
 && useradd --uid 10001 --gid 10001 --home-dir /var/lib/reminders --create-home --shell /usr/sbin/nologin reminders \
 && chmod 700 /var/lib/reminders
COPY --from=build /opt/reminders /opt/reminders
ENV PATH=/opt/reminders/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
# Settings, key file and, with SQLite, the database live here; secrets come from the environment or from files.
WORKDIR /var/lib/reminders
VOLUME /var/lib/reminders
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 CMD ["reminders", "doctor", "--heartbeat"]
ENTRYPOINT ["reminders"]
CMD ["run"]
