# The wheel is built in one image and installed in another, which has neither source nor build tools.
FROM python:3.13-slim AS build
WORKDIR /source
COPY requirements/ requirements/
# Before the source, so that a changed line of ours does not install everything anew.
RUN python -m venv /opt/reminders \
 && /opt/reminders/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt \
 && pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml LICENSE README.md ./
COPY alembic/ alembic/
COPY schedules/ schedules/
COPY reminders/ reminders/
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /opt/reminders/bin/pip install --no-cache-dir --no-deps /wheel/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/reminders --create-home reminders
COPY --from=build /opt/reminders /opt/reminders
ENV PATH=/opt/reminders/bin:$PATH \
    PYTHONUNBUFFERED=1
USER reminders
# The settings, the key file and, with SQLite, the database live here; secrets come from the environment.
WORKDIR /var/lib/reminders
VOLUME /var/lib/reminders
ENTRYPOINT ["reminders"]
CMD ["run"]
