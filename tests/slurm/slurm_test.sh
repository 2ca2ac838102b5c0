#!/usr/bin/env bash
# slurm_test.sh FANIN_BINARY: runs a sweep of 200 runs in 8 Slurm tasks on this machine, disturbs it in
# every way that a cluster may, and compares it with the same runs done one after the other. Needs root,
# slurm-wlm, munge, and MNIST where fanin finds it. Takes about four minutes.
. "$(dirname "$0")/../support/as_a_user.sh"
. tests/slurm/local_slurm.sh

if ((EUID != 0)) || ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
  echo "skipped: needs root, slurm-wlm and munge"
  exit 77
fi

leave() {
  stop_slurm
  rm -rf "$work"
}
trap leave EXIT
start_slurm "$work/slurm" || {
  echo "FAILED: Slurm does not start"
  tail -n 5 "$work"/slurm/*.{out,log}
  exit 1
}

export PATH=$(dirname "$fanin"):$PATH
sweep=(mlp --set seeds=0-24 --set inits=zero,default,xavier_uniform,kaiming_normal
  --set model.depth=3,8 --set model.width=32 --set train.max_steps=1500)
out=$work/results

submit() { # submit ARRAY: submits these tasks and prints the job's number
  sbatch --parsable --array="$1" --mem-per-cpu=0 --output="$work/task-%a.log" \
    experiments/slurm/sweep.sbatch 8 "${sweep[@]}" --out "$out"
}
state_of() { squeue --noheader --states=all --format=%T --job="$1" 2>/dev/null; }
is() { [[ $(state_of "$1") == "$2" ]]; }
in_its_midst() { # in_its_midst TASK: waits a moment and succeeds if the task and a run have started
  is "${job}_$1" RUNNING && grep -qs "of shard $1/8" "$work/task-$1.log" && sleep 0.7
}
wait_for() { # wait_for COMMAND...: waits for minutes, which the last tasks may need
  for _ in $(seq 30); do until_ "$@" && return 0; done
  return 1
}
wait_for_all() {
  for _ in $(seq 6000); do
    [[ -n $(squeue --noheader) ]] || return 0
    sleep 0.1
  done
  fail "jobs do not end: $(squeue)"
}

echo "# all runs one after the other"
done_well compare "${sweep[@]}" --jobs 1 --out "$work/whole"
: >"$work/err"

echo "# eight tasks: one is killed, one cancelled, one requeued, one preempted, one runs out of time"
job=$(submit 1-8)
last=$(sbatch --parsable --dependency="afterany:$job" --output="$work/last.log" --wrap "fanin status $out/mlp")
until_ in_its_midst 1 || fail "task 1 does not begin"
pkill -KILL -f -- "--out $out --shard 1/8" || fail "task 1 cannot be killed"
until_ in_its_midst 2 || fail "task 2 does not begin"
scancel "${job}_2"
until_ in_its_midst 3 || fail "task 3 does not begin"
scontrol requeue "${job}_3" || fail "task 3 is not requeued"
wait_for in_its_midst 5 || fail "task 5 does not begin"
sbatch --parsable --partition=urgent --ntasks=2 --mem-per-cpu=0 --output=/dev/null --wrap "sleep 1" >/dev/null # needs all CPUs
wait_for in_its_midst 8 || fail "task 8 does not begin"
scancel --signal=USR1 --batch "${job}_8" 2>/dev/null # Slurm sends this before the time limit; scancel may complain, but works
wait_for_all
is "${job}_1" FAILED || fail "task 1 is $(state_of "${job}_1")"
is "${job}_2" CANCELLED || fail "task 2 is $(state_of "${job}_2")"
for task in 3 4 5 6 7 8; do
  is "${job}_$task" COMPLETED || fail "task $task is $(state_of "${job}_$task"): $(tail -n 3 "$work/task-$task.log")"
done
grep -q 'stopped with' "$work/task-2.log" || fail "the cancelled task did not save: $(tail -n 3 "$work/task-2.log")"
scontrol show job "${job}_3" | grep -q 'Restarts=1' || fail "task 3 was not requeued"
grep -q 'stopped with' "$work/task-3.log" || fail "the requeued task did not save: $(tail -n 3 "$work/task-3.log")"
scontrol show job "${job}_5" | grep -q 'Restarts=1' || fail "task 5 was not preempted"
grep -q 'stopped with' "$work/task-5.log" || fail "the preempted task did not save: $(tail -n 3 "$work/task-5.log")"
grep -q 'stopped with' "$work/task-8.log" || fail "the task that ran out of time did not save"
is "$last" COMPLETED || fail "the dependent job is $(state_of "$last")"
grep -q 'mlp: 1[0-9][0-9] of 200 runs done, 0 running, [0-9]* stopped, 0 failed, [0-9]* missing' "$work/last.log" || fail "$(head -n 1 "$work/last.log")"

echo "# the missing shards again, and a last job that reports"
done_well status "$out/mlp" --shards 8
[[ $(cat "$work/out") == 1,2 ]] || fail "status names the shards $(cat "$work/out"), not 1,2"
job=$(submit "$(cat "$work/out")")
sbatch --parsable --dependency="afterok:$job" --output="$work/last.log" --wrap "fanin report $out/mlp" >/dev/null
wait_for_all
for task in 1 2; do
  is "${job}_$task" COMPLETED || fail "task $task is $(state_of "${job}_$task")"
done
grep -q 'page: ' "$work/last.log" || fail "the last job does not report: $(cat "$work/last.log")"
diff <(logs "$work/whole/mlp") <(logs "$out/mlp") >"$work/diff" || fail "the logs differ: $(head -3 "$work/diff")"
for table in {summary,statistics,comparisons}.csv; do
  cmp "$work/whole/mlp/$table" "$out/mlp/$table" || fail "$table differs"
done
[[ $(wc -l <"$out/mlp/summary.csv") == 201 ]] || fail "not 200 rows"
[[ -z $(find "$out" -name '*.part' -o -name '*.checkpoints') ]] || fail "files of unfinished runs are left"

echo "# separate folders, and a last job that merges them"
sweep=(mlp --set seeds=0-3 --set inits=zero,default --set model.depth=3 --set model.width=32 --set train.max_steps=50)
done_well compare "${sweep[@]}" --out "$work/small"
job=$(sbatch --parsable --array=1-2 --mem-per-cpu=0 --output="$work/part-%a.log" \
  experiments/slurm/sweep.sbatch 2 "${sweep[@]}" --out "$work/part-%a")
sbatch --parsable --dependency="afterany:$job" --output="$work/last.log" \
  --wrap "fanin merge $work/merged $work/part-[12]" >/dev/null
wait_for_all
diff <(logs "$work/small/mlp") <(logs "$work/merged/mlp") >"$work/diff" || fail "merged: $(head -3 "$work/diff" "$work/last.log")"
cmp "$work/small/mlp/summary.csv" "$work/merged/mlp/summary.csv" || fail "the merged summary differs"
job=$(sbatch --parsable --mem-per-cpu=0 --output="$work/plain.log" experiments/slurm/sweep.sbatch 8 mlp)
wait_for_all
grep -q 'submit with --array=1-8' "$work/plain.log" || fail "no message about a job without --array: $(cat "$work/plain.log")"

((failures == 0)) && echo "all well" || { echo "$failures failures"; exit 1; }
