"""What the environment may say, and how it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import environment

NAME = "MENKOU_TRIED"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (NAME, f"{NAME}_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_a_value_comes_from_the_environment_else_it_is_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert environment.text(NAME, "fallback") == "fallback"
    monkeypatch.setenv(NAME, "given")
    assert environment.text(NAME, "fallback") == "given"


class TestFiles:
    def test_a_file_wins_and_its_margins_do_not_count(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "value").write_text(" 秘密 \n")
        monkeypatch.setenv(NAME, "given")
        monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "value"))
        assert environment.text(NAME) == "秘密"

    def test_a_file_that_is_not_there_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(f"{NAME}_FILE", "/nowhere/value")
        with pytest.raises(ImproperlyConfigured) as refused:
            environment.text(NAME, "fallback")
        assert str(refused.value) == f"{NAME}_FILE cannot be read: No such file or directory."

    def test_a_folder_is_refused(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path))
        with pytest.raises(ImproperlyConfigured, match="cannot be read: Is a directory"):
            environment.text(NAME)

    def test_a_file_that_is_no_text_is_refused_and_not_quoted(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "value").write_bytes(b"canary\xff")
        monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "value"))
        with pytest.raises(ImproperlyConfigured) as refused:
            environment.text(NAME)
        assert str(refused.value) == f"{NAME}_FILE cannot be read: it is not UTF-8 text."
        assert refused.value.__suppress_context__


class TestFlag:
    @pytest.mark.parametrize(
        ("word", "on"),
        [("1", True), (" TRUE ", True), ("yes", True), ("on", True)]
        + [("0", False), ("False", False), ("no", False), ("off", False), ("", False)],
    )
    def test_plain_words_are_understood(
        self, monkeypatch: pytest.MonkeyPatch, word: str, *, on: bool
    ) -> None:
        monkeypatch.setenv(NAME, word)
        assert environment.flag(NAME) is on

    @pytest.mark.parametrize("word", ["2", "-", "y", "enabled", "tru e"])
    def test_others_are_refused(self, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
        monkeypatch.setenv(NAME, word)
        with pytest.raises(ImproperlyConfigured, match=f"^{NAME} must be 1 or 0.$"):
            environment.flag(NAME)


class TestNumber:
    def number(self) -> int:
        return environment.number(NAME, default=64)

    @pytest.mark.parametrize(("given", "read"), [("8", 8), (" 12 ", 12), ("0", 0), ("007", 7)])
    def test_a_whole_number_is_read(
        self, monkeypatch: pytest.MonkeyPatch, given: str, read: int
    ) -> None:
        monkeypatch.setenv(NAME, given)
        assert self.number() == read

    def test_without_one_it_is_the_default(self) -> None:
        assert self.number() == 64

    @pytest.mark.parametrize("given", ["", "many", "-1", "1.5", "1e3", "0x10", "1_000", "٣", "²"])
    def test_nothing_else(self, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
        monkeypatch.setenv(NAME, given)
        with pytest.raises(ImproperlyConfigured, match=f"^{NAME} must be a whole number.$"):
            self.number()

    def test_not_one_below_the_least(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(NAME, "7")
        with pytest.raises(ImproperlyConfigured, match=f"^{NAME} must be 8 or more.$"):
            environment.number(NAME, default=64, least=8)
        assert environment.number(NAME, default=64, least=7) == 7


class TestChoice:
    def choose(self) -> str:
        return environment.choice(NAME, options=("red", "green"), default="green")

    def test_an_option_or_the_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.choose() == "green"
        monkeypatch.setenv(NAME, "red")
        assert self.choose() == "red"

    @pytest.mark.parametrize("word", ["blue", "Red", "", "red "])
    def test_nothing_else(self, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
        monkeypatch.setenv(NAME, word)
        with pytest.raises(ImproperlyConfigured, match=f"^{NAME} must be one of: red, green.$"):
            self.choose()


class TestOrigin:
    def origin(self) -> str:
        return environment.origin(NAME, default="https://open.weixin.qq.com")

    @pytest.mark.parametrize(
        ("given", "read"),
        [
            ("https://open.weixin.qq.com", "https://open.weixin.qq.com"),
            ("https://open.weixin.qq.com/", "https://open.weixin.qq.com"),
            ("http://127.0.0.1:8800", "http://127.0.0.1:8800"),
            ("http://[::1]:8800", "http://[::1]:8800"),
        ],
    )
    def test_scheme_and_host_are_read(
        self, monkeypatch: pytest.MonkeyPatch, given: str, read: str
    ) -> None:
        monkeypatch.setenv(NAME, given)
        assert self.origin() == read

    def test_without_one_it_is_the_providers(self) -> None:
        assert self.origin() == "https://open.weixin.qq.com"

    @pytest.mark.parametrize(
        "given",
        [
            "open.weixin.qq.com",
            "ftp://open.weixin.qq.com",
            "//open.weixin.qq.com",
            "https://",
            "https:///path",
            "https://open.weixin.qq.com/path",
            "https://me:secret@open.weixin.qq.com",
            "https://open.weixin.qq.com?query",
            "https://open.weixin.qq.com#part",
            "https://open weixin",
            "http://127.0.0.1:port",
            "",
        ],
    )
    def test_anything_else_is_refused(self, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
        monkeypatch.setenv(NAME, given)
        with pytest.raises(ImproperlyConfigured) as refused:
            self.origin()
        assert str(refused.value) == (f"{NAME} must look like https://host or http://host:port.")


class TestHost:
    def host(self) -> str:
        return environment.host(NAME, default="localhost:8000")

    @pytest.mark.parametrize(
        ("given", "read"),
        [
            ("Portal.Example.COM", "portal.example.com"),
            (" portal.example.com. ", "portal.example.com"),
            ("localhost:8000", "localhost:8000"),
        ],
    )
    def test_a_host_is_read_in_small_letters(
        self, monkeypatch: pytest.MonkeyPatch, given: str, read: str
    ) -> None:
        monkeypatch.setenv(NAME, given)
        assert self.host() == read

    @pytest.mark.parametrize(
        "given",
        [
            "*",
            "*.example.com",
            "https://portal.example.com",
            "a.example, b.example",
            "a b",
            ".",
            ":8000",
            "",
            "[::1]:8000",
            "example.com:port",
            "under_score.example.com",
        ],
    )
    def test_wildcards_lists_and_addresses_are_refused(
        self, monkeypatch: pytest.MonkeyPatch, given: str
    ) -> None:
        monkeypatch.setenv(NAME, given)
        with pytest.raises(ImproperlyConfigured, match="must be one host name"):
            self.host()


class TestAddress:
    @pytest.mark.parametrize(
        ("given", "read"),
        [
            ("", None),
            ("127.0.0.1:9464", ("127.0.0.1", 9464)),
            (" metrics.internal:80 ", ("metrics.internal", 80)),
            ("[::1]:9464", ("::1", 9464)),
        ],
    )
    def test_where_to_listen_is_read(
        self, monkeypatch: pytest.MonkeyPatch, given: str, read: tuple[str, int] | None
    ) -> None:
        monkeypatch.setenv(NAME, given)
        assert environment.address(NAME) == read

    @pytest.mark.parametrize(
        "given", [":9464", "9464", "127.0.0.1", "::1:9464", "a:0", "a:65536", "http://a:9464"]
    )
    def test_anything_else_is_refused(self, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
        monkeypatch.setenv(NAME, given)
        with pytest.raises(ImproperlyConfigured, match=f"^{NAME} must look like 127.0.0.1:9464.$"):
            environment.address(NAME)
