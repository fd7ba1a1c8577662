"""The Chinese of every English pattern, by subject; a test finds missing, unused and repeated entries."""

from bot.messages.zh import (
    alerts,
    answers,
    counts,
    database,
    digests,
    folds,
    jobs,
    postgresql,
    problems,
    remedies,
    service,
    silences,
    slack_errors,
    status,
    why,
)

CATALOGUES = (
    counts.ZH,
    status.ZH,
    alerts.ZH,
    folds.ZH,
    why.ZH,
    silences.ZH,
    jobs.ZH,
    digests.ZH,
    service.ZH,
    answers.ZH,
    problems.ZH,
    remedies.ZH,
    database.ZH,
    postgresql.ZH,
    slack_errors.ZH,
)
ZH = {english: chinese for catalogue in CATALOGUES for english, chinese in catalogue.items()}
