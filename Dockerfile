# docker build -t fanin . && docker run --rm -v "$PWD/results:/fanin/results" fanin
# trains the networks of `make compare` on Debian 13 and leaves the page in results/.
FROM debian:13
RUN apt-get update && apt-get install -y --no-install-recommends make git
WORKDIR /fanin
COPY . .
RUN ./setup.sh build run && make build
ENTRYPOINT ["make", "compare"]
