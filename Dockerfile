# hdr-core for farms: the program, its weights, and torch for CPUs. No compiler stays.
#
#   docker build -t hdr-core .
#   docker run --rm --network none -v "$PWD:/work" hdr-core convert plate.jpg -o plate.exr
#
# For GPUs, take torch from another index: --build-arg TORCH_INDEX=...
FROM python:3.11-slim AS build
ARG TORCH_INDEX=
WORKDIR /source
COPY . .
RUN python -m venv /opt/hdr-core \
 && if [ -n "$TORCH_INDEX" ]; then \
      /opt/hdr-core/bin/pip install --no-cache-dir -c constraints.txt torch --index-url "$TORCH_INDEX"; \
    fi \
 && /opt/hdr-core/bin/pip install --no-cache-dir -c constraints.txt ".[plots,av]"

FROM python:3.11-slim
COPY --from=build /opt/hdr-core /opt/hdr-core
ENV PATH=/opt/hdr-core/bin:$PATH OMP_NUM_THREADS=4
RUN useradd --create-home artist && mkdir /work && chown artist /work
USER artist
WORKDIR /work
ENTRYPOINT ["hdr-core"]
CMD ["--help"]
