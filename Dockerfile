# hdr-core for farms: the program, its weights, and torch for CPUs. No compiler stays.
#
#   docker build -t hdr-core .
#   docker run --rm --network none -v "$PWD:/work" hdr-core convert plate.jpg -o plate.exr
#
# For GPUs: --build-arg TORCH_INDEX= takes torch from PyPI, with CUDA (several GB).
FROM python:3.11-slim AS build
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
WORKDIR /source
COPY . .
# torch without its dependencies: they come pinned, from PyPI, with hdr-core.
RUN python -m venv /opt/hdr-core \
 && if [ -n "$TORCH_INDEX" ]; then \
      /opt/hdr-core/bin/pip install --no-cache-dir --no-deps -c constraints.txt torch --index-url "$TORCH_INDEX"; \
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
