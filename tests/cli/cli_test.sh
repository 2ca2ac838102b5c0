#!/usr/bin/env bash
# cli_test.sh FANIN_BINARY: uses the command line as a person would. MNIST must be where fanin finds it.
. "$(dirname "$0")/../support/as_a_user.sh"

spec() { # spec NAME: writes a spec that ends with the lines on stdin
  cat - >"$work/$1.toml" <<<"$(printf 'name = "%s"\nmodel = "mlp:depth=3,width=16"\n' "$1"; cat -)"
}

alive() { # alive PID: succeeds if the process runs; a zombie does not
  [[ $(ps -o stat= -p "$1" 2>/dev/null) =~ ^[^Z] ]]
}

few=(--set train.max_steps=20 --set train.eval_every=10 --set model.depth=3,5 --set model.width=32
  --set seeds=0,1 --set inits=zero,default)
mlp=experiments/specs/mlp.toml

echo "# wrong usage"
refused 2 'train: .*--nonsense\|--nonsense' train lenet5 --nonsense
refused 2 'model is required' train
refused 2 '--batch must be a whole number of 1 or more' train lenet5 --batch 0
refused 2 '--lr must be a finite number above 0' train lenet5 --lr -1
refused 2 '--init unknown init "foo"; expected one of default' train lenet5 --init foo --data-dir "$work/none"
refused 2 '--init "kaiming_normal:": expected key=value' train nonsense --init kaiming_normal:
refused 2 '--seed must be' train lenet5 --seed -1
refused 2 'did you mean "adam"' train lenet5 --optimizer adamm
refused 2 'momentum works with' train lenet5 --optimizer adam --momentum 0.9
refused 2 '--schedule step: needs step_size' train lenet5 --schedule step
refused 2 'adamw_lr works with muon, not sgd' train lenet5 --adamw-lr 0.1
refused 2 'one_cycle moves the momentum, but adadelta has none' train mlp --optimizer adadelta --schedule one_cycle
refused 1 'expected a 2-D weight that belongs neither to the last layer nor to an embedding' train mlp:depth=1 --optimizer muon
refused 1 'end the model with LogSoftmax(dim=1)' train mlp --loss nll --max-steps 1
refused 2 'end the model with LogSoftmax(dim=1)' compare --model mlp --loss nll --max-steps 1 --out "$work/none"
refused 2 'log and save name the same file' train lenet5 --log "$work/x" --save "$work/./x" --max-steps 1
refused 2 '--checkpoint-every must be' train lenet5 --checkpoint-every 9223372036854775807s
refused 2 'nonsense' nonsense
refused 2 'no spec "nonsense"' compare nonsense
refused 2 '--shard must be I/N with I from 1 to N, not "3/2"' compare mlp --shard 3/2
refused 2 '--shard must be I/N, such as 2/8, not "1/3x"' compare mlp --shard 1/3x
refused 2 '"4-2" is not a range of seeds: it ends before it begins' compare mlp --seeds 4-2
refused 2 '"0-1000000" makes more than 100000 seeds' compare mlp --seeds 0-1000000
refused 2 'did you mean "epochs"' compare "$mlp" --set train.epoch=1 --out "$work/none"
refused 2 'expected key=value' compare "$mlp" --set train.epochs --out "$work/none"
refused 2 'train.lr is given twice: --lr and --set train.lr=0.1,0.03' compare "$mlp" --lr 0.5 --set train.lr=0.1,0.03 --out "$work/none"

echo "# bad specs"
spec key <<<$'inits = ["zero"]\nseeds = [0]\n[train]\nepoch = 1'
refused 2 'key.toml:6: unknown key "epoch" in \[train\]; did you mean "epochs"?' compare "$work/key.toml" --out "$work/none"
spec type <<<$'inits = ["zero"]\nseeds = [0]\n[train]\nbatch = "64"'
refused 2 'type.toml:6: batch must be a whole number, not the string "64"' compare "$work/type.toml" --out "$work/none"
spec init <<<$'inits = ["zreo"]\nseeds = [0]'
refused 2 'init.toml:3: .*zreo' compare "$work/init.toml" --out "$work/none"
spec toml <<<'inits = ["zero"'
refused 2 'toml.toml:' compare "$work/toml.toml" --out "$work/none"
refused 2 'depht' compare --model mlp:depht=3 --out "$work/none"
echo 'Sequential(Flatten(), Linear(784, 5))' >"$work/five.txt"
refused 2 'five.txt on mnist: .*expected logits \[2, 10\]' compare --model "$work/five.txt" --out "$work/none"
refused 2 'token_lstm:hidden=64 on fashion-mnist: embedding: index' compare copy-memory --dataset fashion-mnist --out "$work/none"
[[ ! -e $work/none ]] || fail "a refused sweep wrote something"

echo "# the user's own rules"
refused 2 'pattern "fc9.\*" matches no parameter' train lenet5 --init 'mine{fc9.*=zeros_}' --max-steps 1
refused 2 'unknown init function "zero"' export lenet5 --init 'mine{fc1.*=zero}' --out "$work/a.safetensors"
rules='mine{base=kaiming_normal; fc3.weight=normal_:mean=0,std=0.01; *.bias=zeros_}'
spec own <<<$'inits = ["mine", "zero"]\nseeds = [0]\n[init.mine]\nbase = "kaiming_normal"\n"*.bias" = "zeros_"\n[train]\nmax_steps = 5'
done_well compare "$work/own.toml" --out "$work/own"
grep -q '^mine,0,completed' "$work/own/own/summary.csv" || fail "the summary does not call the rules by their name"
log=$work/own/own/runs/mine-seed0.jsonl
command=$(sed -nE '1s/.*"command":"fanin ([^"]*)".*/\1/p' "$log")
eval "'$fanin' $command --log '$work/byhand.jsonl'" 2>"$work/err" || fail "the logged command does not run: $command"
diff <(sed -E 's/"train_seconds":[^,]*//' "$log") <(sed -E 's/"train_seconds":[^,]*//' "$work/byhand.jsonl") || fail "the logged command writes a different log"
done_well compare --model lenet5 --inits zero "$rules" --seeds 0 --max-steps 2 --out "$work/own"
[[ -s $work/own/lenet5/runs/mine-seed0.jsonl ]] || fail "compare does not accept rules on its command line"

echo "# an init that depends on data"
done_well train lenet5 --init lsuv --max-steps 2 --log "$work/lsuv.jsonl"

echo "# muon and its AdamW"
done_well train mlp:width=16 --optimizer muon --lr 0.02 --adamw-lr 0.003 --schedule exponential:gamma=0.5 --clip-norm 1 \
  --clip-value 0.1 --max-steps 2 --log "$work/muon.jsonl"
for line in '"event":"group","optimizer":"muon","parameters":\["1.weight","3.weight"\]' \
  '"event":"group","optimizer":"adamw","parameters":\["1.bias","3.bias","5.weight","5.bias"\]' \
  '"event":"step","step":2,.*"lr":0.01,"adamw_lr":0.0015'; do
  grep -q "$line" "$work/muon.jsonl" || fail "muon's log lacks $line"
done
echo 'Sequential(Flatten(), Linear(784, 10), LogSoftmax(dim=1))' >"$work/log.txt"
done_well train "$work/log.txt" --loss nll --optimizer adadelta --max-steps 2

# Images held out, raw pixels, and a run that stops at its target accuracy.
done_well train mlp:width=16 --holdout 59000 --data-mean 0 --data-std 1 --epochs 50 --lr 0.5 \
  --stop-accuracy 0.3 --log "$work/goal.jsonl"
grep -q '"event":"end","status":"completed"' "$work/goal.jsonl" || fail "the run did not reach its target"
[[ $(grep -c '"event":"epoch"' "$work/goal.jsonl") -lt 50 ]] || fail "the run continued past its target"
refused 1 'leave none to train on' train mlp --holdout 60000 --max-steps 1
refused 2 'go together' train mlp --data-mean 0 --max-steps 1

# Samples of tokens, with a label for each of the last steps.
done_well train token_lstm:hidden=16 --dataset copy:delay=3,train=300,test=64 --max-steps 3
refused 2 'unknown option "delays"' train token_lstm --dataset copy:delays=3
refused 2 'did you mean "copy"' train token_lstm --dataset cpy
refused 1 'steps=30 of 23 tokens' train token_lstm:steps=30 --dataset copy:delay=3 --max-steps 1
done_well export lenet5 --init lsuv:tol=0.05 --out "$work/lsuv.safetensors"
done_well inspect lenet5 --init lsuv
refused 2 'lsuv: tol must be above 0' train lenet5 --init lsuv:tol=0 --max-steps 1
refused 2 '--seed must be' export lenet5 --seed -1 --out "$work/lsuv.safetensors"

echo "# inspect"
inits=(default kaiming_normal zero xavier_uniform lsuv 'a-name-that-is-rather-long{Linear.weight=eye_}')
done_well inspect mlp:depth=50,width=32 --init "${inits[@]}"
! grep -E '.{101}' "$work/out" >"$work/err" || fail "a line wider than 100 columns"
(($(wc -l <"$work/out") < 100)) || fail "a table too long to read"
grep -q 'zero .*outputs vanish' "$work/out" && grep -q 'all units of a' "$work/out" ||
  fail "inspect does not say what is wrong with zero"
grep -q 'kaiming_normal .*outputs roughly keep' "$work/out" || fail "inspect does not say that kaiming_normal keeps signals"
lines=$(wc -l <"$work/out")
done_well inspect mlp:depth=50,width=32 --init "${inits[@]}" --verbose
(($(wc -l <"$work/out") > 5 * lines)) || fail "--verbose does not show more"
for model in lenet5 lstm:layers=2 rnn mlp:depth=4,act=tanh,bn=1; do
  done_well inspect $model --init keras
  ! grep -E '.{101}' "$work/out" >"$work/err" || fail "a line wider than 100 columns"
done
grep -q 'expected' "$work/out" || fail "inspect does not show what theory expects"

echo 'Sequential((0): Flatten() (1): Linear(784, 7))' >"$work/seven.txt"
for command in train inspect; do
  refused 1 'the model gives \[[0-9]*, 7\] for images .*; expected logits \[[0-9]*, 10\]' $command "$work/seven.txt"
done
done_well inspect mlp:depth=2,width=16 --init 'mine{1.weight=eye_}'
grep -qE '^ +1  1 +Linear( +[0-9.e+-]+){4}$' "$work/out" || fail "inspect shows an expected value for eye_"
done_well train mlp:depth=30 --init normal:std=1e3 --max-steps 2
! grep -e '-nan' "$work/err" || fail "-nan"

echo "# a stream per parameter"
weights() { # weights MODEL INIT_RNG: prints the hash of the exported weights
  done_well export "$1" --init-rng "$2" --out "$work/$2.safetensors"
  sha256sum <"$work/$2.safetensors"
}
[[ $(weights lenet5 shared) != "$(weights lenet5 per-parameter)" ]] || fail "--init-rng changes nothing"
done_well inspect lstm --init-rng per-parameter --init keras
refused 2 '--init-rng must be one of shared, per-parameter' train lenet5 --init-rng own

echo "# errors while running"
refused 1 "$work/nowhere" train lenet5 --data-dir "$work/nowhere" --max-steps 1 --log "$work/a.jsonl"
[[ ! -e $work/a.jsonl ]] || fail "a run that failed left a log"
refused 2 'nonsense' train nonsense
refused 1 '/dev/null' train lenet5 --max-steps 1 --log /dev/null/a.jsonl
refused 1 "$work/nowhere" compare "$mlp" "${few[@]}" --data-dir "$work/nowhere" --out "$work/none"
refused 1 '/dev/null' compare "$mlp" "${few[@]}" --out /dev/null/results
[[ ! -e $work/none ]] || fail "compare without data wrote something"

"$fanin" list inits >/dev/full 2>"$work/err" && fail "list exits with code 0 although it could not write its output"
grep -q '^fanin: cannot write to stdout: No space left' "$work/err" || fail "no message about a full stdout"
"$fanin" --version >/dev/full 2>"$work/err" && fail "--version exits with code 0 although it could not write its output"
refused 2 '--once needs --log' train lenet5 --once
FANIN_SIMD=sse refused 2 'FANIN_SIMD: expected one of .*, got "sse"' inspect lenet5
for lacking in $(tests/support/kernels.sh lacking); do
  if [[ $lacking == OPENBLAS* ]]; then # OpenBLAS may not know the name, or may ignore it
    taken=$(env "$lacking" OPENBLAS_VERBOSE=2 "$fanin" list inits 2>&1 | sed -n 's/^Core: //p')
    [[ $taken == "${lacking#*=}" ]] || continue
  fi
  env "$lacking" "$fanin" list inits >"$work/out" 2>"$work/err"
  [[ $? == 2 && $(wc -l <"$work/err") == 1 ]] || fail "$lacking does not give one line and exit code 2"
  grep -q "^fanin: ${lacking%%=*}: this CPU has no" "$work/err" || fail "$lacking: wrong message"
done

echo "# deprecated names"
for name in xavier_uniform xavier_uniform_; do
  done_well sample $name --shape 4,5 --seed 1 --out "$work/$name.npy"
done
cmp "$work"/xavier_uniform{,_}.npy || fail "the old name gives other numbers than the new name"
done_well sample kaiming_normal --shape 4,5 --arg mode=fan_out --out "$work/old.npy"
grep -q '^warning: `nn.init.kaiming_normal` is now deprecated in favor of `nn.init.kaiming_normal_`.$' "$work/err" ||
  fail "the old name does not warn"

echo "# help"
done_well
grep -q 'fanin compare' "$work/out" || fail "the help does not say what to type first"
for command in "" compare train list data; do
  done_well $command --help
  grep -q '  fanin ' "$work/out" || fail "no example: fanin $command --help"
done
done_well --version
done_well train --help
factor=$(grep -o 'start_factor=[^, ]*' "$work/out" | head -1)
done_well train mlp:width=16 --schedule "warmup:steps=2,$factor" --max-steps 1

echo "# the logs do not depend on the number of jobs"
done_well compare mlp "${few[@]}" --jobs 1 --out "$work/one"
grep -q 'at chance' "$work/out" || fail "no table"
done_well compare "$mlp" "${few[@]}" --jobs 2 --out "$work/two"
[[ $(find "$work/one/mlp/runs" -name '*.jsonl' | wc -l) == 8 ]] || fail "not 8 logs"
diff <(logs "$work/one") <(logs "$work/two") >"$work/diff" || fail "logs differ: $(head -5 "$work/diff")"
for file in summary statistics comparisons; do
  cmp "$work"/{one,two}/mlp/$file.csv || fail "$file differ"
done
! grep -E '.{101}' "$work/out" >"$work/err" || fail "a line wider than 100 columns"
for file in spec.toml manifest.json {summary,statistics,comparisons,timings}.csv; do
  [[ -s $work/one/mlp/$file ]] || fail "no $file"
done
[[ -z $(find "$work/one" -name '*.part' -o -name '*.tmp') ]] || fail "half-written files are left"
done_well compare "$work/one/mlp/spec.toml" --out "$work/again"
diff <(logs "$work/one") <(logs "$work/again") >/dev/null || fail "the resolved spec gives other logs"

echo "# finished runs are skipped"
touch "$work/before"
log=$work/one/mlp/runs/zero-seed1-depth=5.jsonl
rm "$log"
done_well compare mlp "${few[@]}" --out "$work/one"
[[ $(find "$work/one/mlp/runs" -newer "$work/before") == *"$log" ]] || fail "the missing run was not run"
[[ $(find "$work/one/mlp/runs" -name '*.jsonl' -newer "$work/before" | wc -l) == 1 ]] || fail "finished runs were run again"
diff <(logs "$work/one") <(logs "$work/two") >/dev/null || fail "logs differ after the sweep continued"
done_well compare mlp "${few[@]}" --fresh --out "$work/one"
[[ $(find "$work/one/mlp/runs" -name '*.jsonl' -newer "$work/before" | wc -l) == 8 ]] || fail "--fresh kept runs"

echo "# the page, and rebuilding all reports"
grep -q '"live":false' "$work/one/mlp/report.html" || fail "the finished page still refreshes itself"
cp "$work/one/mlp/summary.csv" "$work/summary.csv"
rm -r "$work/one/mlp"/{report.html,summary.csv,figures}
done_well report "$work/one/mlp" "$work/two/mlp" --out "$work/both.html"
cmp "$work/summary.csv" "$work/one/mlp/summary.csv" || fail "report writes a different summary"
[[ -s $work/one/mlp/figures/convergence.svg && -s $work/one/mlp/figures/seeds.svg ]] || fail "report draws no figures"
cmp "$work"/{one,two}/mlp/report.html || fail "the same runs give different pages"
[[ $(grep -o '"name":"mlp","reasons"' "$work/both.html" | wc -l) == 2 ]] || fail "not two sweeps on the page of both"
refused 2 'is not a results folder' report "$work"
refused 2 'folders is required' report

echo "# tuned learning rates"
tune=(--model mlp:depth=2,width=16 --inits zero default --seeds 0,1 --max-steps 5 --tune lr=0.01,0.1 --out "$work/tune")
done_well compare "${tune[@]}"
grep -q 'Each init trains at its best lr of ' "$work/out" || fail "the answer does not say that rates are tuned"
[[ $(grep -c '^\[\[tuned\]\]' "$work/tune/mlp-depth=2,width=16/spec.toml") == 2 ]] || fail "not two tuned tables"
grep -q 'holdout 10000' "$work/tune/mlp-depth=2,width=16-tuning/runs/zero-seed100-lr=0.01.jsonl" || fail "the tuning sees test images"
touch "$work/before"
done_well compare "${tune[@]}"
[[ -z $(find "$work/tune" -name '*.jsonl' -newer "$work/before") ]] || fail "a finished tuning ran again"
done_well compare --model mlp:depth=2,width=16 --inits default --seeds 0,1 --max-steps 5 --tune lr=0.01,0.1 \
  --set train.stop_accuracy=0.2 --out "$work/stops"
if grep -q -- '--stop-accuracy' "$work/stops/"*-tuning/runs/*.jsonl; then fail "a run of the tuning may stop early"; fi
grep -q '^allowance = ' "$work/stops/mlp-depth=2,width=16/spec.toml" || fail "the spec lacks the allowance of a choice"
refused 2 'list its values' compare --model lenet5 --tune momentum --out "$work/none"

echo "# --quiet, and --json for programs"
done_well compare mlp "${few[@]}" --fresh --quiet --out "$work/quiet"
[[ ! -s $work/err ]] || fail "--quiet says $(head -1 "$work/err")"
grep -q 'at chance' "$work/out" || fail "--quiet has no table"
done_well compare mlp "${few[@]}" --fresh --json --out "$work/quiet"
[[ ! -s $work/err ]] || fail "--json says $(head -1 "$work/err")"
[[ $(grep -c '^{"event":"run",.*"status":"completed".*}$' "$work/out") == 8 ]] || fail "--json does not report 8 runs"
[[ $(tail -1 "$work/out") == '{"event":"sweep","folder":"'*'/quiet/mlp","name":"mlp","page":'* ]] || fail "--json does not end with the sweep"
refused 2 'excludes' compare mlp --quiet --json

echo "# kept weights"
printf '%s\n' 'name = "kept"' 'keep_weights = true' 'model = "mlp:depth=2,width=8"' 'inits = ["zero", "default"]' 'seeds = [0]' '[train]' 'max_steps = 2' >"$work/kept.toml"
runs=$work/kept/kept/runs
done_well compare "$work/kept.toml" --out "$work/kept"
grep -q 'keep_weights = true' "$work/kept/kept/spec.toml" || fail "the resolved spec forgets keep_weights"
! grep -q -e '--save' "$runs/zero-seed0.jsonl" || fail "the log names the file of the weights"
[[ -s $runs/zero-seed0.safetensors && -s $runs/default-seed0.safetensors ]] || fail "no weights kept"
done_well train mlp:depth=2,width=8 --load "$runs/default-seed0.safetensors" --max-steps 1
rm "$runs/zero-seed0.safetensors"
touch "$work/before"
done_well compare "$work/kept.toml" --out "$work/kept"
[[ $(find "$runs" -type f -newer "$work/before" | sort | xargs -n 1 basename | paste -sd ' ') == 'zero-seed0.jsonl zero-seed0.safetensors' ]] ||
  fail "only the run without weights should run again"
done_well compare "$work/kept.toml" --out "$work/kept" --fresh --set keep_weights=false
[[ -z $(find "$runs" -name '*.safetensors') ]] || fail "--fresh kept weights"

echo "# a model's file that changed"
mkdir -p "$work/spec"
echo 'Sequential(Flatten(), Linear(784, 10))' >"$work/spec/net.txt"
printf '%s\n' 'name = "file"' 'inits = ["zero"]' 'seeds = [0]' '[model]' 'name = "net.txt"' '[train]' 'max_steps = 2' >"$work/spec/file.toml"
done_well compare "$work/spec/file.toml" --out "$work/file"
cmp "$work/spec/net.txt" "$work/file/file/model.txt" || fail "the model's text is not kept"
done_well compare "$work/spec/file.toml" --out "$work/file"
echo 'Sequential(Flatten(), Linear(784, 12), ReLU(), Linear(12, 10))' >"$work/spec/net.txt"
cp "$work/file/file/runs/zero-seed0.jsonl" "$work/before.jsonl"
refused 2 'holds runs of another model, .*model.txt; it differs from .*net.txt; --fresh replaces them' compare "$work/spec/file.toml" --out "$work/file"
cmp "$work/before.jsonl" "$work/file/file/runs/zero-seed0.jsonl" || fail "a refused sweep changed a result"
done_well compare "$work/spec/file.toml" --out "$work/file" --fresh
cmp "$work/spec/net.txt" "$work/file/file/model.txt" || fail "--fresh keeps the old model"
echo 'Sequential(Flatten(), Linear(784, 10), BatchNorm1d(10, track_running_stats=False))' >"$work/spec/-bn.txt"
printf '%s\n' 'name = "dash"' 'model = "-bn.txt"' 'inits = ["default"]' 'seeds = [0]' '[train]' 'max_steps = 2' >"$work/spec/dash.toml"
pushd "$work/spec" >/dev/null # a file name that looks like an option, and a batch norm that needs two images
done_well compare dash.toml --out "$work/file"
popd >/dev/null
refused 2 'the name of a run is too long for a file: 2[0-9][0-9] bytes, at most 228 fit' compare --model mlp --max-steps 1 --out "$work/file" \
  --inits "$(printf '%0230d' 0 | tr 0 x){*.bias=zeros_}"

echo "# a killed run does not stop the others"
long=(compare mlp --set inits=zero,default --set seeds=0 --set model.depth=3 --set train.max_steps=100000000 --jobs 2)
two_children() { [[ $(pgrep -P "$1" | wc -l) == 2 ]]; }
start_long() { # starts a sweep in the background; sets $parent (its pid) and $children (their pids)
  "$fanin" "${long[@]}" --out "$work/long" >"$work/out" 2>"$work/err" </dev/null &
  parent=$!
  until_ two_children $parent || fail "no two runs at the same time"
  children=$(pgrep -P $parent)
}
start_long
for child in $children; do kill -9 "$child"; done
wait $parent
[[ $? == 1 ]] || fail "killed runs did not make the exit code 1"
[[ $(grep -c 'failed: killed by signal 9' "$work/err") == 2 ]] || fail "killed runs are not reported"

echo "# child processes end with their parent"
for signal in KILL TERM; do
  start_long
  kill -$signal $parent
  wait $parent 2>/dev/null
  code=$?
  for child in $children; do
    gone() { ! alive "$child"; }
    until_ gone || fail "a run outlived kill -$signal of its parent"
  done
  [[ $signal == KILL || $code == 1 ]] || fail "exit code $code after SIGTERM"
done
grep -q 'the same command continues' "$work/err" || fail "the message does not say how to continue"
[[ -z $(find "$work/long" -name '*.jsonl') ]] || fail "an interrupted run counts as finished"

echo "# words that PyTorch users type"
refused 2 'no option --learning-rate; did you mean "--lr"' train lenet5 --learning-rate 0.1
refused 2 'no command "trian"; did you mean "train"' trian lenet5
refused 2 'did you mean "kaiming_normal"' train lenet5 --init he_normal

echo "# the same start on every CPU"
for init in orthogonal kaiming_normal; do # below, the losses of the last one are compared
  for set in avx512 avx2 portable; do
    FANIN_SIMD=$set "$fanin" train lenet5 --init $init --max-steps 1 --log "$work/simd/$set.jsonl" \
      2>"$work/err" </dev/null || grep -q 'this CPU has no' "$work/err" || fail "$set does not train"
  done
  [[ $(grep -ho '"initial_fingerprint":"[0-9a-f]*"' "$work"/simd/*.jsonl | sort -u | wc -l) == 1 ]] ||
    fail "instruction sets start from different weights under $init"
done
FANIN_SIMD=portable OPENBLAS_CORETYPE=Haswell "$fanin" --version | grep -q "portable, OpenBLAS's: Haswell" ||
  fail "--version does not name OpenBLAS's kernels"
grep -ho '"step":1,"epoch":1,"loss":[0-9.]*' "$work"/simd/*.jsonl | sed 's/.*://' |
  awk 'NR == 1 { first = $1 } { d = $1 / first - 1; if (d < -1e-6 || d > 1e-6) exit 1 }' ||
  fail "the first loss differs between instruction sets by more than 1e-6 of it"

echo "# published results"
refused 2 'no published result "glorot-spread".*did you mean "glorot-spreads"' reproduce glorot-spread
refused 2 'give either --all or IDs' reproduce sqrt5 --all
done_well reproduce sqrt5 --out "$work/published"
[[ $(grep -c 'reproduced' "$work/out") == 5 ]] || fail "wrong number of verdicts"
[[ ! -e $work/published ]] || fail "a table was written although only some results were reproduced"

if ((failures)); then
  echo "$failures failures"
  exit 1
fi
echo "all well"
