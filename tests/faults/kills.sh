#!/usr/bin/env bash
# kills.sh FANIN_BINARY KILLS [SEED]: runs sweeps of 12 runs and kills the parent or one of its runs at
# random moments, by SIGKILL, SIGTERM or SIGINT. Sometimes it also damages a file that was left. It
# restarts each sweep until the sweep ends, and stops after KILLS kills. No finished run may be lost,
# no run may outlive its parent, and all logs and summaries must equal those of an undisturbed sweep.
set -umo pipefail # without m, background processes would ignore SIGINT
. "$(dirname "$0")/../support/environment.sh"
fanin=$(realpath "${1:?usage: kills.sh FANIN_BINARY KILLS [SEED]}")
wanted=${2:?usage: kills.sh FANIN_BINARY KILLS [SEED]}
RANDOM=${3:-1}
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*"
  tail -n 20 "$work/err"
  exit 1
}

cat >"$work/net.txt" <<'NET'
Sequential(Flatten(), Linear(784, 48), BatchNorm1d(48), ReLU(), Dropout(0.2), Linear(48, 10))
NET
cat >"$work/kills.toml" <<SPEC
name = "kills"
model_file = "$work/net.txt"
inits = ["default", "orthogonal"]
seeds = [0, 1]
[[train]]
optimizer = "sgd"
momentum = 0.9
max_steps = 3000
eval_every = 700
diagnostics_every = 500
[[train]]
optimizer = "adam"
max_steps = 3000
eval_every = 0
loader_rng = "global"
diagnostics_every = 500
[[train]]
optimizer = "muon"
max_steps = 1000
eval_every = 300
schedule = "one_cycle"
clip_norm = 1
diagnostics_every = 500
SPEC

sweep() { # sweep FOLDER: starts the sweep in the background; sets $parent
  "$fanin" compare "$work/kills.toml" --out "$1" --jobs 2 --checkpoint-every 100 --quiet \
    >"$work/out" 2>"$work/err" </dev/null &
  parent=$!
}

logs() { # logs FOLDER: prints the logs without times, which may differ
  (cd "$1/kills/runs" && for log in *.jsonl; do
    echo "$log"
    sed -E 's/"train_seconds":[^,]*/"train_seconds":0/' "$log"
  done)
}

ended() { # ended FOLDER: prints the hashes of the finished logs
  (cd "$1/kills/runs" 2>/dev/null && sha256sum -- *.jsonl 2>/dev/null | sort)
}

spoil() { # spoil FOLDER: cuts off the end of a file of an unfinished run, as a power failure may
  local victims=("$1"/kills/runs/*.checkpoints/*.json "$1"/kills/runs/*.checkpoints/*.safetensors
    "$1"/kills/runs/*.part)
  local victim=${victims[RANDOM % ${#victims[@]}]}
  [[ -s $victim ]] || return 0
  truncate -s "-$((RANDOM % 200 + 1))" "$victim" 2>/dev/null || truncate -s 0 "$victim"
  damaged=$((damaged + 1))
}

sweep "$work/whole"
wait $parent || fail "the undisturbed sweep failed"

kills=0 sweeps=0 damaged=0 resumed=0
while ((kills < wanted)); do
  folder=$work/sweep$sweeps
  sweeps=$((sweeps + 1))
  while :; do
    before=$(ended "$folder")
    sweep "$folder"
    sleep "$((RANDOM % 2)).$((RANDOM % 10))$((RANDOM % 10))"
    children=$(pgrep -P $parent)
    signal=$(printf 'KILL\nKILL\nKILL\nTERM\nINT\n' | sed -n "$((RANDOM % 5 + 1))p")
    victim=$parent
    ((RANDOM % 3)) || victim=$(sed -n 1p <<<"$children")
    if ((kills < wanted)) && kill -"$signal" "${victim:-$parent}" 2>/dev/null; then
      kills=$((kills + 1))
    fi
    { wait $parent; } 2>/dev/null
    code=$?
    for child in $children; do
      for _ in $(seq 100); do
        [[ $(ps -o stat= -p "$child" 2>/dev/null) =~ ^[^Z] ]] || break
        sleep 0.05
      done
      [[ $(ps -o stat= -p "$child" 2>/dev/null) =~ ^[^Z] ]] && fail "run $child outlived its parent"
    done
    lost=$(comm -23 <(echo "$before") <(ended "$folder"))
    [[ -z $lost ]] || fail "finished runs were lost or changed: $lost"
    resumed=$((resumed + $(find "$folder" -name 'step-*.json' 2>/dev/null | wc -l)))
    ((code == 0)) && break
    ((RANDOM % 4)) || spoil "$folder"
  done
  diff <(logs "$work/whole") <(logs "$folder") >"$work/err" || fail "logs differ from those of the undisturbed sweep"
  cmp "$work/whole/kills/summary.csv" "$folder/kills/summary.csv" || fail "summaries differ"
  left=$(find "$folder/kills/runs" -name '*.part' -o -path '*.checkpoints*')
  [[ -z $left ]] || fail "files of unfinished runs are left: $left"
  rm -rf "$folder"
done
echo "$kills kills over $sweeps sweeps of 12 runs, $damaged files damaged, $resumed checkpoints left" \
  "by killed runs: no finished run lost, all logs and summaries equal"
