#!/usr/bin/env bash
# A Slurm with one node, this machine, for tests: start_slurm.sh FOLDER starts it, start_slurm.sh --stop FOLDER ends it.
# As root; installs Debian's slurm-wlm and munge where they are missing. Everything it writes is in FOLDER; programs find
# the cluster through SLURM_CONF=FOLDER/slurm.conf.
set -euo pipefail

if [ "$1" = --stop ]; then
  for pid in "$2"/*.pid; do kill "$(cat "$pid")" || true; done
  exit
fi

folder=$1
mkdir -p "$folder"/{state,spool}
chmod 755 "$folder"
if ! { command -v slurmctld && command -v slurmd && command -v munged && command -v srun; } >/dev/null; then
  [ "$(id -u)" = 0 ] || { echo "Slurm is not installed, and only root can install it" >&2; exit 1; }
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends slurm-wlm munge; } \
    >"$folder/apt.log" 2>&1 || { echo "apt-get could not install slurm-wlm and munge, see $folder/apt.log" >&2; exit 1; }
fi
[ "$(id -u)" = 0 ] || { echo "only root can start Slurm's daemons" >&2; exit 1; }

# Signs the messages between Slurm's programs.
(umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
  --log-file="$folder/munged.log" --seed-file="$folder/munged.seed"

host=$(hostname -s)
cat >"$folder/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
# No cgroups and no accounting: they need more of the machine than a container gives.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
# A preempted job gets the signal that it asked for, too.
SlurmctldParameters=preempt_send_user_signal
SchedulerParameters=sched_interval=2,batch_sched_delay=0,sched_min_interval=0
ReturnToService=2
KillWait=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES PriorityTier=1 GraceTime=60 State=UP
PartitionName=urgent Nodes=ALL PriorityTier=2 State=UP
CONF

export SLURM_CONF=$folder/slurm.conf
slurmctld
slurmd -N "$host"
for _ in $(seq 50); do
  if [ "$(sinfo --noheader --format=%t --partition=main 2>/dev/null)" = idle ]; then exit; fi
  sleep 0.2
done
echo "Slurm's node did not become idle, see $folder/slurmctld.log and $folder/slurmd.log" >&2
exit 1
