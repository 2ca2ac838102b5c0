#!/usr/bin/env bash
# going_on_test.sh FANIN_BINARY: tests what may prevent a run from resuming, or a sweep from finishing.
source "$(dirname "$0")/helpers.sh"
export OPENBLAS_NUM_THREADS=1 # each thread of OpenBLAS would take memory

name=mlp-depth=3,width=32
small=(compare --model mlp:depth=3,width=32 --inits default zero --seeds 0 1 --max-steps 400)
endless=(train mlp:depth=3,width=32 --max-steps 10000000 --checkpoint-every 500 --once --log)
checkpoints() { (cd "$log.checkpoints" && ls step-*.json) 2>/dev/null; }
saved() { [[ $(checkpoints | wc -l) == 2 && $(checkpoints | head -1) > $before ]]; }
stop() { # stop COMMAND...: runs it and sends SIGTERM after it has saved two more checkpoints
  before=$(checkpoints | tail -1)
  "$@" >"$work/out" 2>"$work/err" </dev/null &
  local pid=$!
  until_ saved || fail "no checkpoints"
  before=
  kill -TERM $pid
  wait -f $pid
  code=$?
  expect 1 'stopped after step'
}

echo "# too little memory to read a checkpoint"
log=$work/memory.jsonl
wide=(train mlp:depth=3,width=1500 --optimizer adam --batch 1 --max-steps 1000000 --checkpoint-every 20 --log "$log")
stop "$fanin" "${wide[@]}"
short=0
for kilobytes in 400000 440000 480000 520000; do
  (ulimit -v $kilobytes; timeout --preserve-status -k 60 -s TERM 30 "$fanin" "${wide[@]}" >"$work/out" 2>"$work/err" </dev/null)
  code=$?
  expect 1 'out of memory\|stopped after step'
  ! grep -q 'out of memory' "$work/err" || short=1
  (($(checkpoints | wc -l) >= 2)) || fail "with $kilobytes kB there are left: $(checkpoints)"
done
((short)) || fail "no run was short of memory"

echo "# other kernels of OpenBLAS"
log=$work/kernels.jsonl
stop "$fanin" "${endless[@]}" "$log"
other=Prescott # OpenBLAS also uses these if it does not know the CPU
! "$fanin" --version | grep -q "OpenBLAS's: $other" || other=Dunnington
OPENBLAS_CORETYPE=$other timeout 60 "$fanin" "${endless[@]}" "$log" >"$work/out" 2>"$work/err" </dev/null
code=$?
expect 1 "cannot continue: the checkpoints belong to version .*kernels: .*, not .*OpenBLAS.s: $other.*remove .*kernels.jsonl.checkpoints"
saved || fail "other kernels took the checkpoints"
stop "$fanin" "${endless[@]}" "$log"
grep -q 'continues after step' "$work/err" || fail "it does not go on"

echo "# a folder of checkpoints that cannot be listed"
mv "$log.checkpoints" "$work/elsewhere"
ln -s "$log.checkpoints" "$log.checkpoints" # ELOOP stands in for EIO, which is hard to provoke
timeout 60 "$fanin" "${endless[@]}" "$log" >"$work/out" 2>"$work/err" </dev/null
code=$?
expect 1 'cannot continue: cannot read .*kernels.jsonl.checkpoints'
rm "$log.checkpoints"
mv "$work/elsewhere" "$log.checkpoints"
stop "$fanin" "${endless[@]}" "$log"
grep -q 'continues after step' "$work/err" || fail "it does not go on"

echo "# initial weights that were replaced"
weights=$work/first.safetensors
loaded=(train mlp:depth=3,width=32 --load "$weights" --max-steps 5 --once --log "$work/loaded.jsonl")
for seed in 0 1; do
  "$fanin" export mlp:depth=3,width=32 --seed $seed --out "$weights" >"$work/out" 2>"$work/err" || fail "no weights"
  "$fanin" "${loaded[@]}" >"$work/out" 2>"$work/err" </dev/null
  code=$?
  expect $seed "$([[ $seed == 0 ]] && echo 'finished' || echo 'holds another finished run')"
done

echo "# a closed pipe"
"$fanin" "${small[@]:0:10}" 1000000 --checkpoint-every 0 --out "$work/tee" > >(head -c 1 >/dev/null) 2>&1 </dev/null &
parent=$!
grown() { [[ $(find "$work/tee" -name '*.part' -size +8 2>/dev/null | wc -l) -gt 0 ]]; }
until_ grown || fail "no run"
kill -INT -$parent
wait -f $parent
code=$?
[[ $code == 1 ]] || fail "a stopped sweep exits with code $code"
[[ -n $(find "$work/tee" -name 'step-*.json') ]] || fail "the stopped runs did not save checkpoints"
"$fanin" "${small[@]}" --json --out "$work/json" > >(head -c 1 >/dev/null) 2>"$work/err" </dev/null
code=$?
expect 1 'cannot write to stdout'
[[ -s $work/json/$name/summary.csv && $(find "$work/json" -name '*.jsonl' | wc -l) == 4 ]] || fail "the sweep stopped when its pipe was closed"

echo "# too few processes"
none=0
for files in {4..20}; do # a limit on open files: enough for no run, later for one run, but not for two
  (exec 2>"$work/err"; ulimit -n $files; "$fanin" "${small[@]}" --jobs 2 --out "$work/few" >"$work/out" </dev/null) && break
  ! grep -q '4 of 4 runs failed' "$work/err" || none=$files
done
((none > 0)) || fail "no message that no run can start"
[[ $(find "$work/few" -name '*.jsonl' | wc -l) == 4 ]] || fail "with $files files, some runs are not done"

echo "# tables that cannot be written"
mkdir -p "$work/table/$name"/{summary.csv,runs/zero-seed1.jsonl}/x
"$fanin" "${small[@]}" --out "$work/table" >"$work/out" 2>"$work/err" </dev/null
code=$?
expect 1 'cannot write .*summary.csv'
grep -q '1 of 4 runs failed' "$work/err" || fail "no list of what is missing"

echo "# --fresh over two sweeps"
for sweep in one two; do
  printf '%s\n' "name = \"$sweep\"" 'model = "mlp:depth=3,width=32"' 'inits = ["default"]' 'seeds = [0]' '[train]' \
    'max_steps = 5' >"$work/$sweep.toml"
done
"$fanin" compare "$work/one.toml" "$work/two.toml" --out "$work/fresh" >"$work/out" 2>"$work/err" </dev/null || fail "no runs"
(exec 9>>"$work/fresh/two/runs/default-seed0.jsonl.part"; flock 9
  "$fanin" compare "$work/one.toml" "$work/two.toml" --fresh --out "$work/fresh" >"$work/out" 2>"$work/err" </dev/null)
code=$?
expect 1 '--fresh would remove two/default-seed0'
[[ -s $work/fresh/one/runs/default-seed0.jsonl && -s $work/fresh/one/summary.csv ]] || fail "the other sweep was removed"

conclude
