#!/usr/bin/env bash
# guard.sh FANIN: prints the SHA-256 of every file that fanin writes, one per line. It checks that a
# change leaves behaviour as it is. Run it before and after the change, on the same machine and cores:
#
#   tests/guard.sh build/release/fanin >before; ...; tests/guard.sh build/release/fanin >after
#   diff before after
#
# It ignores times (train_seconds, and the SHA-256 in a log's last line, which covers them).
set -euo pipefail
fanin=$(realpath "${1:?usage: guard.sh FANIN}")
source "$(dirname "$0")/support/environment.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

timeless() { # FILE...
  sed -i -E 's/"train_seconds":[^,}]+,?//; s/,?"sha256":"[0-9a-f]{64}"\}$/}/' "$@"
}

hashes() { # DIR: prints the hashes of its files, sorted by name
  find "$1" -name '*.jsonl' -exec bash -c "$(declare -f timeless); timeless \"\$@\"" - {} +
  find "$1" -type f ! -name timings.csv ! -name manifest.json ! -name report.html ! -name '*.svg' |
    LC_ALL=C sort | xargs -d '\n' sha256sum
}

quietly() {
  "$@" >out 2>err || { echo "guard.sh: failed: $*" >&2; cat err >&2; exit 1; }
}

specs=($("$fanin" list specs 2>/dev/null | awk '{ print $1 }'))
quietly "$fanin" compare "${specs[@]}" --seeds 0 --max-steps 60 --diagnostics-every 30 --out specs
hashes specs

mkdir samples exports resumed
for function in $("$fanin" list functions | awk '{ print $1 }'); do
  for shape in 12,8 8,8 16,8,3,3; do
    "$fanin" sample "$function" --shape $shape --seed 3 --out "samples/$function-$shape.npy" \
      2>"samples/$function-$shape.txt" || true
  done
done
hashes samples

for model in lenet5 mlp mlp:depth=10,width=64,act=tanh,bn=1 lstm rnn token_lstm delta_tanh16 \
  fastai_batchnorm fastai_layernorm lenet_sigmoid; do
  for init in default kaiming_normal orthogonal; do
    "$fanin" export $model --init $init --seed 2 --out "exports/$model-$init.safetensors" \
      2>"exports/$model-$init.txt" || true
  done
done
hashes exports

run=(train mlp:depth=3,width=2000 --init kaiming_normal --batch 256 --max-steps 60 --optimizer adam
  --checkpoint-every 30 --log resumed/run.jsonl --save resumed/run.safetensors)
"$fanin" "${run[@]}" >out 2>err &
until compgen -G 'resumed/run.jsonl.checkpoints/*.json' >found || ! kill -0 $!; do sleep 0.02; done
kill -TERM $! && wait $! || true
grep -qE '(goes on|continues) from there' err || { echo "guard.sh: the run was not stopped" >&2; exit 1; }
quietly "$fanin" "${run[@]}"
hashes resumed

for shard in 1 2; do
  quietly "$fanin" compare lenet5 --seeds 0-1 --max-steps 60 --shard $shard/2 --out part$shard
done
quietly "$fanin" merge merged part1 part2
hashes merged

quietly "$fanin" reproduce glorot-spreads hanin-lengths he-variances sqrt5 matrix-chains \
  tanh-criticality orthogonal-isometry fastai-rows --out claims
cp out claims/table.txt
hashes claims
