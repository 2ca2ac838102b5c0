# To run `make compare` on Debian 13 and leave the page in results/:
#   docker build -t fanin . && docker run --rm -v "$PWD/results:/fanin/results" fanin
FROM debian:13
RUN apt-get update && apt-get install -y --no-install-recommends make git
WORKDIR /fanin
COPY . .
RUN ./setup.sh build run && make build
ENTRYPOINT ["make", "compare"]
