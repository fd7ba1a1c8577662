"""The built wheel holds every file of the package: modules, page, migrations, type marker, licence."""

import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from bot import __version__
from tests.support.config_texts import ROOT

LEFT_OUT = {"__pycache__"}


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(tmp_path: Path) -> None:
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    assert Path(built).name == f"dlf_bot-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(built) as wheel:
        names = set(wheel.namelist())
        scripts = wheel.read(f"dlf_bot-{__version__}.dist-info/entry_points.txt").decode()
    package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "bot").rglob("*")
        if path.is_file() and LEFT_OUT.isdisjoint(path.parts)
    }
    assert {name for name in names if ".dist-info/" not in name} == package
    assert {
        "bot/py.typed",
        "bot/playground/page/static/index.html",
        "bot/store/migrations/env.py",
        f"dlf_bot-{__version__}.dist-info/licenses/LICENSE",
    } <= names
    assert "dlf-bot = bot.cli.main:main" in scripts
