"""What Slurm tells a job about itself."""

import os


def job_id() -> str | None:
    """Number of this job, which stays when Slurm queues it again; None outside Slurm."""
    return os.environ.get("SLURM_JOB_ID")


def is_requeued() -> bool:
    """Whether this job has run before and Slurm has queued it again; False outside Slurm."""
    return int(os.environ.get("SLURM_RESTART_COUNT", 0)) > 0
