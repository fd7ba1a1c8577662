"""dlf-bot: a Slack bot that watches Huawei Cloud DataArts Factory job instances."""

__version__ = "0.1.0"
