"""The `dlf-bot init` command as it is typed."""

from pathlib import Path
from typing import Any

import click

from bot.cli.invocation import example
from bot.cli.surroundings import check_certificates


@click.command(
    epilog=example("dlf-bot init", "dlf-bot init --no-input --region ap-southeast-3 --channel '#data-ops'")
)
@click.option(
    "--output",
    "-o",
    default="config.yaml",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The file to write; it must not exist.",
)
@click.option(
    "--name", default="prod", show_default=True, help="Name of the project in messages and commands."
)
@click.option("--region", help="Huawei Cloud region, such as ap-southeast-3.")
@click.option("--project-id", help="Id of the project; looked up in IAM if not given.")
@click.option("--timezone", help="Time zone of DLF's days, such as Asia/Singapore.")
@click.option(
    "--workspace",
    "workspaces",
    multiple=True,
    metavar="NAME=ID",
    help="A workspace to watch (can be repeated); all are looked up in DataArts Studio if not given.",
)
@click.option("--channel", help="Slack channel for alerts and digests.")
@click.option("--store", default="sqlite:///dlf-bot.db", show_default=True, help="Address of the database.")
@click.option("--endpoint", metavar="URL", help="DLF's address, if it is not the region's.")
@click.option("--iam-endpoint", metavar="URL", help="IAM's address, if it is not the region's.")
@click.option(
    "--no-input", is_flag=True, help="Ask nothing: use the options, what is looked up, and defaults."
)
def init(*, output: Path, name: str, no_input: bool, **flags: Any) -> None:
    """Ask a few questions and write a first config.

    With an access key (in HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or typed), the project id and the
    workspaces are looked up. No secret is written into the file.
    """
    check_certificates()
    from bot.cli.init import Given, write_config

    write_config(output, Given(project=name, asks=not no_input, **flags))
