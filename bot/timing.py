"""How long the bot waits for what, in seconds; a test that has no half minutes to spare gives it less."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """The waits of one running bot."""

    tick: float = 1.0
    # No wait for a killed replica's work is longer than this.
    lease: float = 25.0
    # Slack takes about a message a second and channel.
    spacing: float = 1.1
    slack_call: float = 10.0
    send: float = 12.0
    # A dropped call is in the history by now or never; one that timed out may still be on its way there.
    look_up: float = 3.0
    look_up_after_timeout: float = 20.0
    # The roof of the doubling waits after a refusal or an unclear answer.
    retry_most: float = 30.0
    park: float = 60.0
    probe: float = 15.0
    # After so long without a line another one is built. Openings of lines that do not last get so far apart,
    # and a line that stood so long was a good one.
    socket_patience: float = 30.0
    # How often the line is looked at, and the least between two openings.
    socket_check: float = 1.0
    socket_ping: float = 10.0
    dlf_answer: float = 20.0
    # Each request for which jobs it was: an alert does not wait for it, a person does.
    jobs_answer: float = 10.0
    # A poll that gets no turn at DLF's pace is given back; turn and answer together fit into the lease.
    poll_turn: float = 5.0
    # An answer serves everyone who asks the same for so long.
    answer_kept: float = 5.0
    database_connect: float = 10.0
    database_command: float = 15.0
    introduce: float = 15.0
    measure: float = 5.0
    # A row of `reads` that somebody took away is missed no longer than this.
    enlist: float = 60.0
    clock: float = 30.0
    # How often a replica says which config it has; a lease of 10 s outlives two of these.
    config: float = 3.0
    # A person is told without it what else is on record.
    on_record: float = 2.0
    # An operator's probe wants its answer in time, whatever ails the database.
    ready: float = 2.0
    # On top of three missed polls.
    ready_grace: float = 60.0
    # A job's turn that is so late does not come by itself; no wait for the database is as long.
    stalled: float = 60.0


USUAL = Timing()
