"""A `.env` is read to the letter, or refused; and that it was read is said."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from salus.config import Settings
from salus.errors import ConfigurationInvalid

AROUND = {"x": "swapped", "HOME": "/home/other", "SALUS_STATE": "/state"}
"""What stands in the environment and must not come into any value."""


def passphrase(tmp_path: Path, text: str) -> str | None:
    path = tmp_path / ".env"
    path.write_bytes(text.encode())
    return Settings.load(dotenv=path, environment=AROUND).passphrase


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("SALUS_PASSPHRASE='pa${x}ss'\n", "pa${x}ss"),
        ("SALUS_PASSPHRASE='pa${HOME}ss'\n", "pa${HOME}ss"),
        ("SALUS_PASSPHRASE='${SALUS_STATE}'\n", "${SALUS_STATE}"),
        ("SALUS_PASSPHRASE='correct horse #7 battery'\n", "correct horse #7 battery"),
        ('SALUS_PASSPHRASE="correct horse #7 battery"\n', "correct horse #7 battery"),
        ("SALUS_PASSPHRASE='  kept  ' # and this is not\n", "  kept  "),
        ("SALUS_PASSPHRASE=correct#horse\r\n", "correct#horse"),
        ("export SALUS_PASSPHRASE=correct horse\n", "correct horse"),
        ("\ufeffSALUS_PASSPHRASE=correct horse", "correct horse"),
        ('SALUS_PASSPHRASE=\nOTHER="${x} #"\n', None),
        ("KEY='-----BEGIN\nSALUS_PASSPHRASE=not a setting\n'\nSALUS_PASSPHRASE=a\n", "a"),
    ],
)
def test_a_value_is_what_stands_there(tmp_path: Path, text: str, meant: str | None) -> None:
    assert passphrase(tmp_path, text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "SALUS_PASSPHRASE=hunter2 ${x}\n",
        'SALUS_PASSPHRASE="hunter2${x}"\n',
        "SALUS_PASSPHRASE=hunter2$x\n",
        "SALUS_PASSPHRASE=hunter2 #7 battery\n",
        "SALUS_PASSPHRASE=hunter2 # a comment\n",
        'SALUS_PASSPHRASE="hunter2\\t"\n',
        "SALUS_PASSPHRASE='hunter2\\'\\'s'\n",
        "SALUS_PASSPHRASE=hunter2 \n",
        "SALUS_PASSPHRASE= hunter2\n",
        "SALUS_PASSPHRASE='hunter2\nand more'\n",
        "SALUS_PASSPHRASE='hunter2'tail\n",
        "SALUS_PASSPHRASE=hunter2\nSALUS_PASSPHRASE=hunter2\n",
    ],
)
def test_a_value_that_would_be_changed_is_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        passphrase(tmp_path, text)
    assert "hunter2" not in str(caught.value)
    assert "SALUS_PASSPHRASE" in str(caught.value) or "line 1" in str(caught.value)


def test_no_other_secret_comes_into_a_url(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SALUS_NETWORK=https://rpc.example/${SALUS_PASSPHRASE}\n")
    with pytest.raises(ConfigurationInvalid, match="SALUS_NETWORK at line 1"):
        Settings.load(dotenv=path, environment={"SALUS_PASSPHRASE": "hunter2"})


def test_a_file_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SALUS_NETWORK=anvil\n")
    path.chmod(0o646)
    with pytest.raises(ConfigurationInvalid, match="chmod o-w"):
        Settings.load(dotenv=path, environment={})
    path.chmod(0o644)
    assert Settings.load(dotenv=path, environment={}).network == "anvil"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_user_s_file_is_refused_and_so_is_their_link(tmp_path: Path) -> None:
    path, link = tmp_path / ".env", tmp_path / "link"
    path.write_text("SALUS_NETWORK=anvil\n")
    link.symlink_to(path)
    assert Settings.load(dotenv=link, environment={}).network == "anvil"
    os.lchown(link, 65534, 65534)
    with pytest.raises(ConfigurationInvalid, match="another user"):
        Settings.load(dotenv=link, environment={})
    os.chown(path, 65534, 65534)
    with pytest.raises(ConfigurationInvalid, match="another user"):
        Settings.load(dotenv=path, environment={})


def test_a_pipe_is_refused_at_once_and_a_folder_sets_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigurationInvalid, match="not a regular file"):
        Settings.load(dotenv=tmp_path / "pipe", environment={})
    assert Settings.load(dotenv=tmp_path, environment={}) == Settings()  # a Python environment


def test_that_a_file_was_read_is_said_with_names_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "salus.config")
    path = tmp_path / ".env"
    path.write_text("SALUS_NETWORK=anvil\nSALUS_PASSPHRASE=hunter2\nSALUS_STATE=x\n")
    Settings.load(dotenv=path, environment={"SALUS_STATE": "y"})
    assert caplog.messages == [f"settings from {path}: SALUS_NETWORK, SALUS_PASSPHRASE"]


def test_a_file_that_says_nothing_is_not_mentioned(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "salus.config")
    path = tmp_path / ".env"
    path.write_text("DATABASE=anvil\nSALUS_STATE=\n")
    Settings.load(dotenv=path, environment={})
    assert caplog.messages == []
