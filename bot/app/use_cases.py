"""Builds each use case from `Resources`, for the running bot and for the commands of the terminal."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.app.redaction import redaction_of
from bot.app.resources import Resources
from bot.config import Config
from bot.dlf.credential import questions_at_once
from bot.dlf.settings import credential_of
from bot.domain.model import Workspace
from bot.domain.pace import RHYTHM
from bot.usecases.alert_jobs import AlertJobs
from bot.usecases.config_watch import ConfigWatch
from bot.usecases.digest_jobs import DigestJobs
from bot.usecases.digest_plans import DigestPlans
from bot.usecases.digests import Digests
from bot.usecases.dispatch import Dispatcher
from bot.usecases.fair_turns import turns_of
from bot.usecases.jobs import Jobs
from bot.usecases.notify import Notifier
from bot.usecases.overview import Overviews
from bot.usecases.poll import Poller
from bot.usecases.record_metrics import RecordMetrics
from bot.usecases.record_polls import Polling
from bot.usecases.routes import Routes
from bot.usecases.status import Status
from bot.usecases.why import Explanations


@dataclass(frozen=True, slots=True)
class UseCases:
    """The use cases of a running bot."""

    status: Status
    configs: ConfigWatch
    jobs: Jobs
    routes: Routes
    poller: Poller
    notifier: Notifier
    alert_jobs: AlertJobs
    dispatcher: Dispatcher
    digests: Digests


def build_use_cases(
    resources: Resources,
    *,
    polled: Callable[[], None],
    changed: Callable[[bool], None],
    written: Callable[[], None],
    hurried: Callable[[], bool],
) -> UseCases:
    """Each of the functions wakes a job: `polled` when more is due, `changed` when alerts changed, `written`
    when the outbox got something to send. `hurried` says if an urgent turn of the notifier waits.
    """
    status, configs, jobs = build_status(resources), build_configs(resources), build_jobs(resources)
    routes = build_routes(resources.config, jobs.is_available)
    return UseCases(
        status,
        configs,
        jobs,
        routes,
        build_poller(resources, configs, then=changed, again=polled),
        build_notifier(resources, configs, routes, then=written, hurried=hurried),
        build_alert_jobs(resources, routes, jobs),
        build_dispatcher(resources),
        build_digests(resources, status, jobs),
    )


def build_status(resources: Resources) -> Status:
    config = resources.config
    return Status(
        resources.replica,
        resources.clients,
        max_age={day: config.poll_every * factor for day, factor in RHYTHM.items()},
        turns=turns_of(
            {project.name: questions_at_once(project) for project in config.projects},
            {project.name: credential_of(project.auth) for project in config.projects},
        ),
    )


def build_jobs(resources: Resources) -> Jobs:
    """The job lists; the config's secrets are struck out of the jobs' error texts."""
    replica = resources.replica
    return Jobs(
        {name: client.jobs for name, client in resources.clients.items()},
        replica.store.snapshots,
        clock=replica.clock,
        redact=redaction_of(resources.config),
        timing=replica.timing,
    )


def build_alert_jobs(resources: Resources, routes: Routes, jobs: Jobs) -> AlertJobs:
    return AlertJobs(resources.replica, routes, jobs, redact=redaction_of(resources.config))


def build_configs(resources: Resources) -> ConfigWatch:
    config = resources.config
    return ConfigWatch(resources.replica, config.workspaces, config.rules, config.identities)


def build_poller(
    resources: Resources, configs: ConfigWatch, *, then: Callable[[bool], None], again: Callable[[], None]
) -> Poller:
    config = resources.config
    in_flight = {project.name: project.in_flight for project in config.projects}
    polling = Polling(config.workspaces, config.rules, config.poll_every, in_flight)
    return Poller(resources.replica, polling, resources.clients, configs=configs, then=then, again=again)


def build_routes(config: Config, lists_jobs: Callable[[Workspace], bool] = lambda workspace: False) -> Routes:
    return Routes(
        {workspace.key: workspace for workspace in config.workspaces},
        {rule.name: rule for rule in config.rules},
        config.slack.channel,
        config.slack.locale.value,
        config.poll_every,
        config.unreadable_after,
        config.unreadable,
        lists_jobs,
    )


def build_notifier(
    resources: Resources,
    configs: ConfigWatch,
    routes: Routes,
    *,
    then: Callable[[], None],
    hurried: Callable[[], bool],
) -> Notifier:
    return Notifier(resources.replica, routes, configs=configs, then=then, hurried=hurried)


def build_dispatcher(resources: Resources) -> Dispatcher:
    slack = resources.config.slack
    return Dispatcher(
        resources.replica,
        resources.sender,
        fallback_channel=slack.channel,
        addresses=build_plans(resources).addresses,
        locale=slack.locale.value,
    )


def build_plans(resources: Resources) -> DigestPlans:
    config = resources.config
    return DigestPlans(config.digests, config.workspaces, config.slack.channel, config.slack.locale.value)


def build_digests(resources: Resources, status: Status, jobs: Jobs) -> Digests:
    seconds = resources.replica.timing.digest_jobs
    worst = DigestJobs(jobs, redact=redaction_of(resources.config), seconds=seconds)
    return Digests(resources.replica, build_plans(resources), status, jobs=worst)


def build_overviews(resources: Resources, status: Status, routes: Routes) -> Overviews:
    replica = resources.replica
    return Overviews(status, replica.store, routes, build_plans(resources), clock=replica.clock)


def build_explanations(resources: Resources, routes: Routes) -> Explanations:
    file, lines = resources.config.path.name, resources.config.rule_lines
    places = {rule: f"{file}:{line}" for rule, line in lines.items()}
    return Explanations(resources.replica.store, routes, places, clock=resources.replica.clock)


def build_record_metrics(resources: Resources) -> RecordMetrics:
    """The numbers of the database's record, of this config's workspaces."""
    config = resources.config
    return RecordMetrics(
        resources.replica,
        config.workspaces,
        {rule.name: rule.severity for rule in (*config.rules, config.unreadable)},
        poll_every=config.poll_every,
        counts=config.counts_shown.names(len(config.workspaces)),
    )
