#!/usr/bin/env bash
# Fails if an #include goes against the arrows of the design or includes xtensor directly. Also fails if
# the umbrella header lacks a header or the benchmarks lack a layer.
set -u
cd "$(dirname "$0")/.." || exit

# Each folder, and the folders that its files may include. tests and bench may include everything.
arrows='
  framework           framework
  framework/core      framework/core
  framework/autograd  framework/(core|autograd)
  framework/ops       framework/(core|autograd|ops)
  framework/nn        framework/(core|autograd|ops|nn)
  framework/optim     framework/(core|autograd|optim)
  framework/data      framework/(core|data)
  framework/io        framework/(core|autograd|nn|io)
  init                framework|init
  experiments         framework|init|experiments
  experiments/task    framework|init|experiments/task
  experiments/look    framework|init|experiments/(task|look)
  experiments/record  framework|init|experiments/(task|look|record)
  experiments/run     framework|init|experiments/(task|look|record|run)
  experiments/specs   framework|init|experiments/(task|specs)
  experiments/report  framework|init|experiments/(task|look|record|specs|report)
  experiments/charts  framework|init|experiments/(task|look|record|specs|report|charts)
  experiments/page    framework|init|experiments/(task|look|record|specs|report|charts|page)
  experiments/sweep   framework|init|experiments/(task|look|record|run|specs|report|charts|page|sweep)
  experiments/reproduce  framework|init|experiments/(task|look|record|specs|report|charts|sweep|reproduce)
'

includes() { # WHAT FOLDER...: prints the #include lines that match WHAT, as file:line:text
  grep -rnsE --include='*.[ch]pp' "^ *# *include *$1" "${@:2}"
}

wrong=$(
  while read -r folder allowed; do
    [[ -z $folder ]] || includes '"' "$folder" | grep -vE "include *\"($allowed)/" |
      sed -E "s|^([^:]*:[0-9]+):[^\"]*\"([^\"]*)\".*|\1: $folder may not include \2|"
  done <<<"$arrows"

  includes '<xtensor[./]' framework init experiments tests bench |
    grep -v '^framework/core/xtensor.hpp:' |
    sed -E 's|^([^:]*:[0-9]+):.*|\1: use "framework/core/xtensor.hpp" for this|'

  includes '<xtensor-blas/' framework init experiments tests bench |
    grep -vE '^framework/core/[^/]+\.cpp:' |
    sed -E 's|^([^:]*:[0-9]+):.*|\1: only a .cpp file in framework/core may include xtensor-blas|'
)

wrong+=$(
  for header in framework/{nn,ops,optim}/*.hpp init/{init,beyond,recipe}.hpp; do
    [[ $header == */layer_table.hpp ]] || grep -qF "\"$header\"" init/fanin.hpp ||
      echo "init/fanin.hpp: does not include $header"
  done
)

wrong+=$(
  grep -oE '>\("[A-Z][A-Za-z0-9]+"' framework/nn/layer_table.cpp | while read -r row; do
    grep -qF "{${row#*(}," bench/tables_bench.cpp || echo "bench/tables_bench.cpp: has no row for $row"
  done
)

[[ -z $wrong ]] || { echo "$wrong" >&2; exit 1; }
