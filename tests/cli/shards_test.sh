#!/usr/bin/env bash
# shards_test.sh FANIN_BINARY: runs sweeps in parts and merges them. MNIST must be where fanin finds it.
. "$(dirname "$0")/../support/as_a_user.sh"

# 16 runs. Half of them cost many times as much as the others.
spec=(mlp --set train.max_steps=4 --set model.depth=2,9 --set model.width=16 --set seeds=0-3
  --set inits=zero,default)
tables=({summary,statistics,comparisons}.csv)

same_as_whole() { # same_as_whole FOLDER: its logs and tables must equal those of the undivided sweep
  diff <(logs "$work/whole/mlp") <(logs "$1") >"$work/diff" || fail "$1: the logs differ: $(head -3 "$work/diff")"
  for table in "${tables[@]}"; do
    cmp "$work/whole/mlp/$table" "$1/$table" || fail "$1: $table differs"
  done
}

echo "# one machine"
done_well compare "${spec[@]}" --jobs 1 --out "$work/whole"

echo "# shards into one folder, in any order"
for shard in 3/3 1/3; do
  done_well compare "${spec[@]}" --shard $shard --out "$work/shared"
  grep -q "runs of shard $shard, 0 of them already finished" "$work/err" || fail "does not name the shard"
  grep -q 'the last shard writes the tables' "$work/err" || fail "does not say what remains to be done"
  [[ ! -e $work/shared/mlp/summary.csv && ! -s $work/out ]] || fail "one shard wrote a summary"
done
done_well status "$work/shared/mlp"
grep -q 'mlp: 1[01] of 16 runs done, 0 running, 0 stopped, 0 failed, [56] missing' "$work/out" || fail "status: $(head -1 "$work/out")"
done_well status "$work/shared" --shards 3
[[ $(cat "$work/out") == 2 ]] || fail "status --shards: $(cat "$work/out") instead of 2"
done_well compare "${spec[@]}" --shard 2/3 --out "$work/shared"
same_as_whole "$work/shared/mlp"
done_well compare "${spec[@]}" --shard 2/3 --out "$work/shared"
grep -q '\([56]\) runs of shard 2/3, \1 of them already finished' "$work/err" || fail "a finished shard ran again"
same_as_whole "$work/shared/mlp"
done_well status "$work/shared" --shards 3
[[ ! -s $work/out ]] || fail "status --shards names shards of a complete sweep"

echo "# each shard gets its share of expensive and of cheap runs"
done_well compare "${spec[@]}" --shard 1/4 --out "$work/part"
for depth in 2 9; do
  [[ $(find "$work/part" -name "*depth=$depth.jsonl" | wc -l) == 2 ]] || fail "not 2 runs of depth $depth in a quarter"
done

echo "# shards into separate folders, then merged"
for shard in 1 2 3; do
  done_well compare "${spec[@]}" --shard $shard/3 --out "$work/s$shard"
done
done_well merge "$work/merged" "$work"/s{2,1}
grep -q 'mlp: 0 runs were there, 1[01] are new, [56] missing' "$work/err" || fail "merge does not count"
done_well merge "$work/merged" "$work"/s{3,1} # merge again; s1 is there already
same_as_whole "$work/merged/mlp"
[[ -s $work/merged/mlp/report.html && -s $work/merged/mlp/figures/convergence.svg ]] || fail "no page"
cmp "$work"/{merged,whole}/mlp/manifest.json || fail "the manifests of one machine differ"
done_well merge "$work/flat" "$work"/{s3,s1,part,s2}/mlp # folders of one sweep, with runs in common
same_as_whole "$work/flat"
done_well merge "$work/s1" "$work"/s{1,2,3} # merge into one of the parts
same_as_whole "$work/s1/mlp"
touch "$work/before"
done_well merge "$work/flat" "$work"/{part,s2}/mlp
[[ -z $(find "$work/flat/runs" -type f -newer "$work/before") ]] || fail "existing logs were written again"

# rewrite SED LOG...: edits the logs with SED and corrects their hashes
rewrite() {
  local log end lines
  for log in "${@:2}"; do
    sed -i "$1" "$log"
    end=$(tail -n 1 "$log" | sed 's/,"sha256":"[0-9a-f]*"}$/}/')
    lines=$(head -n -1 "$log" && printf .)
    printf '%s%s,"sha256":"%s"}\n' "${lines%.}" "${end%\}}" "$(
      printf '%s%s' "${lines%.}" "$(sed -E 's/(.*),("status":.*),"train_seconds":[^,]*,(.*),(.*)\}$/\1,\4,\3,\2}/' <<<"$end")" |
        sha256sum | cut -d' ' -f1
    )" >"$log"
  done
}

echo "# parts that do not belong together"
cp -r "$work/s2" "$work/other"
rewrite 's/"loss":[0-9.]*/"loss":7/' "$work/other/mlp/runs"/zero-seed*.jsonl
refused 2 'merge: .*zero-seed.* and .*zero-seed.* differ' merge "$work/merged" "$work/other"
same_as_whole "$work/merged/mlp"
refused 2 'differ' merge "$work/none" "$work"/{s2,other}
[[ ! -e $work/none ]] || fail "a refused merge has written"
done_well compare "${spec[@]}" --set train.lr=0.5 --shard 1/8 --out "$work/another"
refused 2 'are not of the same sweep: their spec.toml differ, `lr = .*` and `lr = 0.5`' merge "$work/none" "$work"/{s2,another}
refused 2 'name only folders of one kind' merge "$work/none" "$work/s2" "$work/s1/mlp"
refused 2 'is not a results folder' merge "$work/none" "$work/s2/mlp/runs"
refused 2 'folders is required' merge "$work/none"
cp -r "$work/s2" "$work/strange"
rewrite 's/"data":"[0-9a-f]*"/"data":"ab12"/' "$work/strange/mlp/runs"/*.jsonl
refused 2 'merge: .* and .* were trained on different data, but both belong to mnist' merge "$work/none" "$work"/{s3,strange}
[[ ! -e $work/none ]] || fail "a refused merge has written"
cp -r "$work/s2" "$work/avx"
rewrite 's/(kernels: [^)]*)/(kernels: abacus)/' "$work/avx/mlp/runs"/*.jsonl
sed -i 's/"cpu": "[^"]*"/"cpu": "an abacus"/' "$work/avx/mlp/manifest.json"
done_well merge "$work/two" "$work"/{s3,avx}
grep -q 'warning: .*two/mlp: .*abacus.*: the last digits may differ' "$work/err" || fail "no warning about other kernels"
[[ $(grep -c '"cpu":' "$work/two/mlp/manifest.json") == 2 ]] || fail "the manifest does not name both machines"
done_well merge "$work/two" "$work"/{avx,s3}
[[ $(grep -c '"cpu":' "$work/two/mlp/manifest.json") == 2 ]] || fail "the manifest names a machine twice"

echo "# a part without finished runs, and a folder that holds an earlier sweep"
mkdir -p "$work/early/other"
sed '0,/^name = .*/s//name = "other"/' "$work/s2/mlp/spec.toml" >"$work/early/other/spec.toml"
cp -r "$work/s2/mlp" "$work/early"
done_well merge "$work/late" "$work/early"
grep -q 'left out: .*late/other has no finished run' "$work/err" || fail "an empty part is not named"
[[ -s $work/late/mlp/summary.csv ]] || fail "an empty part prevents the summary of the others"
refused 2 'has no finished run' report "$work/late/other"
cp -r "$work/whole" "$work/stale"
done_well compare "${spec[@]}" --set train.lr=0.5 --fresh --shard 1/3 --out "$work/stale"
grep -q 'mlp: [56] of 16 runs are finished' "$work/err" || fail "runs of the earlier sweep are counted"
[[ ! -e $work/stale/mlp/summary.csv ]] || fail "a part is summarised together with the earlier sweep"

echo "# a spec that has become smaller"
cp -r "$work/s2" "$work/larger"
done_well compare "${spec[@]/inits=zero,default/inits=zero}" --shard 1/1 --out "$work/larger"
left=$(find "$work/larger/mlp/runs" -name 'default-*.jsonl' | wc -l)
grep -q "warning: $left log(s) in .*larger/mlp/runs belong to no run of this spec: they stay" "$work/err" || fail "no warning about logs without a run"
done_well merge "$work/smaller" "$work/larger"
grep -q "warning: $left log(s) in .*larger/mlp/runs belong to no run of its spec: left out" "$work/err" || fail "merge leaves logs out without a warning"

echo "# damaged logs"
head -c 900 "$work/whole/mlp/runs/zero-seed0-depth=2.jsonl" >"$work/other/mlp/runs/zero-seed0-depth=2.jsonl"
rm "$work/other/mlp/runs"/zero-seed[123]*
done_well merge "$work/partial" "$work/other"
grep -q 'warning: left out: .*zero-seed0-depth=2.jsonl: has no end' "$work/err" || fail "a damaged log is not named"

echo "# failed runs"
cp -r "$work/s3" "$work/broken"
failed=$(find "$work/broken" -name '*.jsonl' | head -1)
rewrite '$ s/completed/failed/' "$failed"
done_well merge "$work/with-failed" "$work/broken" "$work/s2"
grep -q ' missing, 1 failed: `fanin status` names them' "$work/err" || fail "no message about a failed run"
grep -q ',failed,' "$work/with-failed/mlp/summary.csv" || fail "the table lacks the failed run"
done_well merge "$work/with-failed" "$work/s3"
cmp "$work/with-failed/mlp/runs/$(basename "$failed")" "$work/s3/mlp/runs/$(basename "$failed")" || fail "merge did not replace the failed run"
! grep -q ',failed,' "$work/with-failed/mlp/summary.csv" || fail "the table still has the failed run"

echo "# a log that is damaged between two shards"
done_well compare "${spec[@]}" --shard 1/2 --out "$work/flipped"
victim=$(find "$work/flipped/mlp/runs" -name '*.jsonl' | head -1)
sed -i '0,/"loss":[0-9]/s//"loss":7/' "$victim"
"$fanin" compare "${spec[@]}" --shard 2/2 --out "$work/flipped" >"$work/out" 2>"$work/err" </dev/null &&
  fail "exit code 0 although a log is damaged"
grep -q "$(basename "$victim").*was changed after" "$work/err" || fail "a damaged log is not named"
done_well status "$work/flipped/mlp" --shards 2
[[ $(cat "$work/out") == 1 ]] || fail "the shard of a damaged log is not named: $(cat "$work/out")"
done_well compare "${spec[@]}" --shard 1/2 --out "$work/flipped"
same_as_whole "$work/flipped/mlp"

echo "# tables of a part are not mistaken for tables of the whole sweep"
done_well compare "${spec[@]}" --shard 1/2 --out "$work/early"
done_well report "$work/early"
grep -q 'warning: .*early/mlp: [0-9]* of 16 runs are missing' "$work/err" || fail "report does not say that runs are missing"
"$fanin" status "$work/early" --commands >"$work/commands"
PATH=$(dirname "$fanin"):$PATH bash "$work/commands" 2>"$work/err" || fail "the commands fail"
done_well compare "${spec[@]}" --shard 1/2 --out "$work/early"
same_as_whole "$work/early/mlp"
done_well compare "${spec[@]/seeds=0-3/seeds=0-9}" --shard 1/2 --out "$work/early"
grep -q 'warning: .*spec.toml belongs to another spec' "$work/err" || fail "no warning about shards of two specs"

echo "# parts without finished runs, or with an unfinished one"
mkdir "$work/nothing"
cp -r "$work/s3" "$work/stopped"
stopped=$(find "$work/stopped" -name '*.jsonl' | head -1)
mv "$stopped" "$stopped.part"
done_well merge "$work/some" "$work/nothing" "$work/stopped"
grep -q 'warning: left out: .*/nothing is not a results folder' "$work/err" || fail "an empty part is not named"
grep -q 'warning: 1 of them were started' "$work/err" || fail "no warning about an unfinished run"
refused 2 'nothing is not a results folder' merge "$work/some" "$work/nothing"

echo "# status: the missing runs and their commands"
cp -r "$work/whole" "$work/gaps"
runs=$work/gaps/mlp/runs
rm "$runs/zero-seed3-depth=9.jsonl"
rewrite '$ s/completed/failed/' "$runs/default-seed0-depth=2.jsonl"
sed '$d' "$work/whole/mlp/runs/zero-seed0-depth=2.jsonl" >"$runs/zero-seed0-depth=2.jsonl.part"
rm "$runs/zero-seed0-depth=2.jsonl"
exec 9>"$runs/zero-seed1-depth=2.jsonl.part" # a running run locks its log like this
flock 9
rm "$runs/zero-seed1-depth=2.jsonl"
done_well status "$work/gaps"
grep -q 'mlp: 12 of 16 runs done, 1 running, 1 stopped, 1 failed, 1 missing' "$work/out" || fail "status: $(head -1 "$work/out")"
grep -A1 '^running' "$work/out" | grep -q "zero-seed1-depth=2  # .*process" || fail "status does not name the running run"
grep -A1 '^failed' "$work/out" | grep -q 'fanin train .*--log .*default-seed0-depth=2.jsonl.*  # at step 4' || fail "status does not name the failed run"
grep -A1 "^stopped" "$work/out" | grep -q "zero-seed0-depth=2.jsonl.*  # stopped at step 4 of 4" || fail "status does not name the stopped run"
! grep -q 'fanin report' "$work/out" || fail "tables are called stale while runs go on"
flock -u 9
exec 9>&-
head -c 900 "$work/whole/mlp/runs/zero-seed3-depth=9.jsonl" >"$runs/zero-seed3-depth=9.jsonl"
done_well status "$work/gaps"
grep -q 'zero-seed3-depth=9.jsonl .*: has no end' "$work/out" || fail "a damaged log is not named"
done_well status "$work/gaps" --commands
[[ $(grep -c '^fanin train mlp:' "$work/out") == 4 && $(wc -l <"$work/out") == 4 ]] || fail "status does not print the 4 commands"
cp "$work/out" "$work/commands"
rm "$work/gaps/mlp/summary.csv"
PATH=$(dirname "$fanin"):$PATH bash "$work/commands" 2>"$work/err" || fail "the commands fail"
done_well status "$work/gaps"
grep -q "16 of 16 runs done" "$work/out" || fail "some runs are not done"
grep -q "^the tables lack some finished runs; .fanin report $work/gaps/mlp. renews them$" "$work/out" || fail "status does not report stale tables"
done_well report "$work/gaps"
same_as_whole "$work/gaps/mlp"
done_well status "$work/gaps"
[[ $(wc -l <"$work/out") == 1 ]] || fail "status of a whole sweep: $(cat "$work/out")"
refused 2 'is not a results folder' status "$work/whole/mlp/runs"
refused 2 '--shards' status "$work/whole" --shards 0

[[ $failures == 0 ]] && echo "all well" || { echo "$failures failures"; exit 1; }
