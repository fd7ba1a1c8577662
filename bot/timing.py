"""The bot's waits, in seconds; tests give shorter waits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """The waits of a running bot."""

    tick: float = 1.0
    # The longest wait before another replica takes over a killed replica's work.
    lease: float = 25.0
    # The same for a job that takes a moment, in which every replica tries its luck every few seconds.
    job_lease: float = 10.0
    # Slack accepts about a message a second in each channel.
    spacing: float = 1.1
    slack_call: float = 10.0
    send: float = 12.0
    # After a dropped call the history shows the message by then or never; after a time-out perhaps later.
    look_up: float = 3.0
    look_up_after_timeout: float = 20.0
    # The limit of the doubling waits after a refusal or an unclear answer.
    retry_most: float = 30.0
    park: float = 60.0
    probe: float = 15.0
    # After this long without a connection a new client is built. Attempts for connections that do not last
    # are at most this far apart, and a connection that lasted this long was good.
    socket_patience: float = 30.0
    # How often the connection is checked, and the least time between two attempts.
    socket_check: float = 1.0
    socket_ping: float = 10.0
    dlf_answer: float = 20.0
    # Each request for job lists: an alert does not wait for it, a person does.
    jobs_answer: float = 10.0
    # How often alerts are looked at for jobs to look up; `job_lease` outlives two of these.
    alert_jobs: float = 3.0
    # The longest that a digest waits for the names of its worst jobs.
    digest_jobs: float = 4.0
    # A poll without a turn under DLF's rate limit is given back; turn and answer together fit into the lease.
    poll_turn: float = 5.0
    # For this long an answer serves all callers with the same question.
    answer_kept: float = 5.0
    database_connect: float = 10.0
    database_command: float = 15.0
    introduce: float = 15.0
    measure: float = 5.0
    # The longest time until a deleted row of `reads` is inserted again.
    enlist: float = 60.0
    clock: float = 30.0
    # How often a replica announces its config; `job_lease` outlives two of these.
    config: float = 3.0
    # The longest wait for an answer's extra parts from the store; then it goes out without them.
    on_record: float = 2.0
    # An operator's probe needs its answer in time, even if the database is slow.
    ready: float = 2.0
    # On top of three missed polls.
    ready_grace: float = 60.0
    # A job's turn later than this has stalled: no wait for the database is as long.
    stalled: float = 60.0


USUAL = Timing()
