"""An index that wants a password: used for locks and builds, and told to nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from private_index import PASSWORD, SPELT, USER, Index, private_index
from slots import Carried, carried
from tickets import BYE, HELLO, ticket
from wheels import wheel

from matrix.status import Layer, Status
from runners import wire
from runners.environments.bindings import Bindings
from runners.environments.lock import ResolverFailed, resolve
from runners.environments.platforms import here
from runners.environments.sources import HIDDEN, Sources
from runners.work import Lock

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("environments")]
HERE = str(here())
HOME = Path("unused")  # where wheels of commits would be kept
SECRETS = re.compile("|".join(map(re.escape, (PASSWORD, SPELT))))


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    for name in ("UV_FIND_LINKS", "UV_OFFLINE", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    for version in ("1.5", "1.6"):
        wheel(tmp_path / "index" / "coevo-toy", "coevo_toy", version)
    with private_index(tmp_path / "index") as found:
        yield found


def known(index: Index) -> Sources:
    return Sources(indexes=(index.url,))


def wrong(index: Index) -> Sources:
    return Sources(indexes=(index.bare.replace("http://", f"http://{USER}:wrong-one@"),))


def locked(index: Index) -> Lock:
    return resolve(["coevo-toy==1.5"], {}, HERE, HOME, known(index))


def tried(home: Path, lock: Lock, sources: Sources) -> Carried:
    script = HELLO + "python -c 'import coevo_toy; print(coevo_toy.VERSION)' && env\n" + BYE
    return carried(home, replace(ticket(script), lock=lock), bindings=Bindings(sources=sources))


def test_a_lock_is_resolved_there_and_does_not_name_it(index: Index) -> None:
    lock = locked(index)
    assert "coevo-toy==1.5" in lock.text
    assert "127.0.0.1" not in lock.text
    assert ("/coevo-toy/", 200) in index.asked


def test_an_environment_is_built_from_there_and_nothing_tells_the_password(
    index: Index, tmp_path: Path
) -> None:
    home, lock = tmp_path / "home", locked(index)
    found = tried(home, lock, known(index))
    (report,) = found.reports
    assert report.status is Status.DONE, found.log
    assert b"\n1.5\n" in found.log
    assert not SECRETS.search(wire.happenings_to_text(found.happenings))
    assert not SECRETS.search(found.log.decode())
    assert index.seen == []
    told = {path for path in home.rglob("*") if path.is_file() and told_in(path)}
    assert told == set()


def told_in(path: Path) -> bool:
    return SECRETS.search(path.read_bytes().decode(errors="replace")) is not None


def test_where_it_came_from_is_kept_without_the_password(index: Index, tmp_path: Path) -> None:
    home = tmp_path / "home"
    tried(home, locked(index), known(index))
    (marker,) = (home / "environments").glob("*/coevo-complete.json")
    assert f"http://{HIDDEN}@127.0.0.1:" in marker.read_text()


def test_wrong_credentials_are_the_resolvers_trouble_and_said_to_be(index: Index) -> None:
    with pytest.raises(ResolverFailed) as raised:
        resolve(["coevo-toy==1.5"], {}, HERE, HOME, wrong(index))
    said = str(raised.value)
    assert "401 Unauthorized" in said
    assert "wrong-one" not in said


def test_wrong_credentials_at_a_build_are_a_miss_that_says_so(index: Index, tmp_path: Path) -> None:
    lock = locked(index)
    found = tried(tmp_path / "home", lock, wrong(index))
    (report,) = found.reports
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert "lack of valid authentication credentials (401 Unauthorized)" in report.reason
    assert "wrong-one" not in found.log.decode() + wire.to_text(report)


def test_a_netrc_file_may_hold_the_password_instead(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login {USER} password {PASSWORD}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    lock = resolve(["coevo-toy==1.5"], {}, HERE, HOME, Sources(indexes=(index.bare,)))
    found = tried(tmp_path / "home", lock, Sources(indexes=(index.bare,)))
    assert found.reports[0].status is Status.DONE, found.log


def test_a_constraint_is_kept_to(index: Index, tmp_path: Path) -> None:
    file = tmp_path / "constraints.txt"
    file.write_text("coevo-toy<1.6\n")
    sources = replace(known(index), constraints=(str(file),))
    free = resolve(["coevo-toy"], {}, HERE, HOME, known(index))
    held = resolve(["coevo-toy"], {}, HERE, HOME, sources)
    assert ("==1.6" in free.text, "==1.5" in held.text) == (True, True)
    assert tried(tmp_path / "home", held, sources).reports[0].status is Status.DONE


def test_a_folder_of_wheels_is_a_source_too(tmp_path: Path, index: Index) -> None:
    wheel(tmp_path / "links", "coevo_other", "2.0")
    sources = replace(known(index), find_links=(str(tmp_path / "links"),))
    lock = resolve(["coevo-other", "coevo-toy==1.5"], {}, HERE, HOME, sources)
    assert {"coevo-other==2.0", "coevo-toy==1.5"} <= set(lock.text.replace(" \\", "").splitlines())
    assert tried(tmp_path / "home", lock, sources).reports[0].status is Status.DONE
