# The page as a container: two stages, a user without rights, a file system that is only read. No shell is needed to run
# it, and no ffmpeg or curl is in it.
#   docker build -t deepdream .
#   docker run --read-only --tmpfs /tmp:size=9g,mode=1777 -p 7860:7860 deepdream
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS made
WORKDIR /made
COPY requirements.txt .
# TensorFlow's headers (290 MB), libclang and byte code are of no use to the page.
RUN python3 -m venv /opt/studio \
    && /opt/studio/bin/pip install --no-cache-dir --no-compile -r requirements.txt "prometheus-client>=0.21,<1" "gradio[mcp]" \
    && cd /opt/studio/lib/python3*/site-packages && rm -rf tensorflow/include clang \
    && find /opt/studio -name __pycache__ -prune -exec rm -rf {} + \
    && /opt/studio/bin/pip uninstall -y pip

FROM ${BASE}
COPY --from=made /opt/studio /opt/studio
WORKDIR /studio
COPY app.py LICENSE ./
COPY assets assets
COPY deepdream deepdream
# Networks that are downloaded, and pictures of channels, go to /cache.
RUN mkdir /cache && chown 1000:1000 /cache
ENV PATH=/opt/studio/bin:$PATH HOME=/cache XDG_CACHE_HOME=/cache KERAS_HOME=/cache/keras PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 DEEPDREAM_HOST=0.0.0.0 DEEPDREAM_PORT=7860 DEEPDREAM_JOURNAL=true
USER 1000:1000
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/healthz', timeout=9)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python3", "app.py"]
