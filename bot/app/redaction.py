"""The config's secrets, and the filter that strikes them out of texts."""

from bot.config import Config
from bot.config.addresses import passwords_of
from bot.dlf.settings import AccessKey, IamUser
from bot.redaction import Redaction
from bot.secret import Secret


def secrets_of(config: Config) -> list[str]:
    """Every secret of the config."""
    found: list[Secret | None] = [config.slack.bot_token, config.slack.app_token, config.slack.signing_secret]
    found += [config.http.token, *(Secret(one) for one in passwords_of(config.store.reveal()))]
    found += [config.heartbeat.url] if config.heartbeat else []
    for project in config.projects:
        match project.auth:
            case AccessKey(_, secret_key, security_token):
                found += [secret_key, security_token]
            case IamUser(_, password, _):
                found.append(password)
            case ready:
                found.append(ready.token)
    return [secret.reveal() for secret in found if secret]


def redaction_of(config: Config) -> Redaction:
    """A filter for texts of others that are shown or kept."""
    redaction = Redaction()
    redaction.learn(*secrets_of(config))
    return redaction
