#!/usr/bin/env bash
# `make test-portable`: the default suite with the instructions of other processors, on a busy machine, in another order.
#
# Usage: tests/portable.sh PYTHON [PYTEST ARGUMENTS]. Every part runs; the status is 1 where one of them has failed.
# ATEN_CPU_CAPABILITY and ONEDNN_MAX_CPU_ISA bound the instructions that PyTorch and oneDNN use.
set -uo pipefail
cd "$(dirname "$0")/.."
python=$1
shift
verdicts=()
busy=()

rest() {
  if [ ${#busy[@]} -gt 0 ]; then kill "${busy[@]}" 2>/dev/null; fi
  busy=()
}
trap rest EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

keep_busy() {
  for _ in 1 2; do
    # Ends with this script, even if that is killed.
    (while kill -0 $$ 2>/dev/null; do :; done) &
    busy+=($!)
  done
}

# part NAME COMMAND...: run it, and say how it went.
part() {
  local name=$1 start=$SECONDS verdict
  shift
  echo "== $name"
  if "$@"; then verdict=passed; else verdict=FAILED; fi
  verdicts+=("$verdict in $((SECONDS - start)) s: $name")
  echo "== ${verdicts[-1]}"
}

suite=("$python" -m pytest "$@")
order=$RANDOM

keep_busy
part "the instructions that every processor has, beside two busy processes" \
  env ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=AVX2 "${suite[@]}"
rest
part "AVX2, in random order (--random-order-seed=$order)" \
  env ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 "${suite[@]}" --random-order "--random-order-seed=$order"
part "this machine's own instructions" "${suite[@]}"

echo "== all parts"
printf '%s\n' "${verdicts[@]}"
[[ ${verdicts[*]} != *FAILED* ]]
