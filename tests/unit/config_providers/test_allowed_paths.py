# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.config_providers.allowed_paths import AllowedPaths
from barnabas.errors import ConfigError


def test_without_a_list_every_path_is_allowed(tmp_path):
    assert AllowedPaths(" ").admit(f"{tmp_path}/a/../b") == tmp_path / "b"


@pytest.mark.mirrors("clients AllowedPathsTest#testAllowedPath")
def test_what_lies_below_is_allowed(tmp_path):
    paths = AllowedPaths(f"{tmp_path}, /usr")
    assert paths.admit(f"{tmp_path}/x/y") == tmp_path / "x" / "y"
    assert paths.admit(str(tmp_path)) == tmp_path


@pytest.mark.mirrors("clients AllowedPathsTest#testNoTraversal")
def test_there_is_no_way_out(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to("/etc")
    paths = AllowedPaths(str(inside))
    assert paths.admit(f"{inside}/../other") is None
    assert paths.admit(f"{inside}-too") is None
    assert paths.admit(f"{inside}/link/passwd") is None


def test_an_allowed_path_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    file = tmp_path / "link" / "file"
    assert AllowedPaths(str(tmp_path / "link")).admit(str(file)) == file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("relative", "Path relative is not absolute"),
        ("/no/such/place", "Path /no/such/place does not exist"),
        ("/tmp,", "is not absolute"),
    ],
)
def test_a_wrong_list_is_refused(text, said):
    with pytest.raises(ConfigError, match=said):
        AllowedPaths(text)
