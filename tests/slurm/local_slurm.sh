# Runs Slurm on this machine only, on the loopback interface. Source this file. start_slurm FOLDER
# starts Slurm, which writes only to FOLDER (an absolute path), and exports SLURM_CONF. stop_slurm
# stops it. Needs root, slurm-wlm and munge.

slurm_pids=()

start_slurm() {
  local dir=$1 base=$((20000 + RANDOM % 12000)) host # below the ports that the system assigns
  host=$(hostname -s)
  mkdir -p "$dir"/{state,spool}
  chmod 755 "$dir"
  dd if=/dev/urandom of="$dir/munge.key" bs=128 count=1 status=none
  chmod 400 "$dir/munge.key"
  munged --foreground --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --num-threads=2 \
    --pid-file="$dir/munged.pid" --seed-file="$dir/munge.seed" --log-file="$dir/munged.log" >"$dir/munged.out" 2>&1 &
  slurm_pids+=($!)
  export SLURM_CONF=$dir/slurm.conf
  cat >"$dir/slurm.conf" <<CONF
ClusterName=fanin
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$base
SlurmdPort=$((base + 1))
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
KillWait=30
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
MinJobAge=3600
SchedulerParameters=bf_interval=1,sched_interval=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
PartitionName=urgent Nodes=$host MaxTime=INFINITE State=UP OverSubscribe=NO PriorityTier=9
CONF
  until_ test -S "$dir/munge.socket" || return 1
  slurmctld -D -f "$dir/slurm.conf" >"$dir/slurmctld.out" 2>&1 &
  slurm_pids+=($!)
  until_ scontrol_answers || return 1
  slurmd -D -f "$dir/slurm.conf" -N "$host" >"$dir/slurmd.out" 2>&1 &
  slurm_pids+=($!)
  until_ slurm_is_idle || return 1
}

scontrol_answers() { scontrol ping 2>&1 | grep -q UP; }

slurm_is_idle() { [[ $(sinfo --noheader --format=%T) == idle ]]; }

stop_slurm() {
  scancel --signal=KILL --full --state=RUNNING --quiet 2>/dev/null
  scancel --user=root --quiet 2>/dev/null
  for ((i = ${#slurm_pids[@]} - 1; i >= 0; --i)); do
    kill "${slurm_pids[i]}" 2>/dev/null
    wait "${slurm_pids[i]}" 2>/dev/null
  done
  slurm_pids=()
}
