"""Texts are found wherever they are marked, and catalogues say what they lack."""

from __future__ import annotations

from gettext import GNUTranslations
from pathlib import Path

import pytest

from portal.devtools.translations.catalogues import problems, update_catalogues
from portal.devtools.translations.compiling import compile_catalogues
from portal.devtools.translations.extraction import extract_texts, template_as_python


def found(python: str) -> list[tuple[object, str | None]]:
    return [(text.id, text.context) for text in extract_texts(python, file="any.py")]


def found_in_template(template: str) -> list[tuple[object, str | None]]:
    return found(template_as_python(template))


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ('_("Save")', ("Save", None)),
        ('gettext("Save")', ("Save", None)),
        ('gettext_lazy("One " "text")', ("One text", None)),
        ('gettext_noop("Save")', ("Save", None)),
        ('ngettext("%d key", "%d keys", n)', (("%d key", "%d keys"), None)),
        ('ngettext_lazy("%d key", "%d keys", "n")', (("%d key", "%d keys"), None)),
        ('pgettext("verb", "Open")', ("Open", "verb")),
        ('pgettext_lazy("verb", "Open")', ("Open", "verb")),
        ('npgettext("of a door", "key", "keys", n)', (("key", "keys"), "of a door")),
        ('npgettext_lazy("of a door", "key", "keys", "n")', (("key", "keys"), "of a door")),
    ],
)
def test_a_text_in_code_is_found(python: str, expected: tuple[object, str | None]) -> None:
    assert found(python) == [expected]


@pytest.mark.parametrize("python", ["_(name)", 'print("Save")', 'def gettext(text="Save"): ...'])
def test_what_is_no_text_is_not_found(python: str) -> None:
    assert found(python) == []


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{% translate "Save" %}', ("Save", None)),
        ("{% translate 'Say \"hello\"' %}", ('Say "hello"', None)),
        ('{% translate "Open" context "verb" %}', ("Open", "verb")),
        ('{% translate "100% free" as words %}', ("100%% free", None)),
        ("{{ _('Save') }}", ("Save", None)),
        ('{{ name|default:_("Nobody") }}', ("Nobody", None)),
        ('{% include "x.html" with title=_("Save") only %}', ("Save", None)),
        (
            "{% blocktranslate with n=name %}Hello {{ n }}{% endblocktranslate %}",
            ("Hello %(n)s", None),
        ),
        (
            "{% blocktranslate trimmed %}\n    One\n    text\n  {% endblocktranslate %}",
            ("One text", None),
        ),
        ("{% blocktranslate %}two\nlines{% endblocktranslate %}", ("two\nlines", None)),
        (
            '{% blocktranslate context "verb" %}Open{% endblocktranslate %}',
            ("Open", "verb"),
        ),
        (
            "{% blocktranslate count n=keys %}{{ n }} key{% plural %}{{ n }} keys"
            "{% endblocktranslate %}",
            (("%(n)s key", "%(n)s keys"), None),
        ),
        (
            '{% blocktranslate trimmed count n=keys context "of a door" %}\n  {{ n }} key\n'
            "{% plural %}\n  {{ n }} keys\n{% endblocktranslate %}",
            (("%(n)s key", "%(n)s keys"), "of a door"),
        ),
    ],
)
def test_a_text_in_a_template_is_found(template: str, expected: tuple[object, str | None]) -> None:
    assert found_in_template(template) == [expected]


def test_a_template_need_not_look_like_python() -> None:
    template = """
      <p class='odd">don't (close [this {# Translators-free #}
   \t\u3000\u00a0{% if a and b %}{% translate "first" %}</p>
            “{% translate "second" %}” 100 % \\
  {% endif %}
{% comment %}it's "not" code ( {% endcomment %}
    """
    assert found_in_template(template) == [("first", None), ("second", None)]


def test_words_for_translators_go_with_the_text() -> None:
    template = '{# Translators: a verb #}\n{% translate "Open" %}'
    (text,) = extract_texts(template_as_python(template), file="any.html")
    assert text.comments == ("Translators: a verb",)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "portal").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "portal" / "views.py").write_text('title = _("Save")\n')
    (tmp_path / "templates" / "page.html").write_text(
        "{% blocktranslate count n=keys %}{{ n }} key"
        "{% plural %}{{ n }} keys{% endblocktranslate %}"
    )
    return tmp_path


def catalogue(clone: Path) -> Path:
    return clone / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def translate(clone: Path, text: str, translation: str) -> None:
    po = catalogue(clone)
    before = po.read_text()
    after = before.replace(f'{text}"\nmsgstr ""', f'{text}"\nmsgstr "{translation}"')
    after = after.replace(f'{text}"\nmsgstr[0] ""', f'{text}"\nmsgstr[0] "{translation}"')
    assert after != before
    po.write_text(after)


def translate_all(clone: Path) -> None:
    update_catalogues(clone)
    translate(clone, "Save", "保存")
    translate(clone, "%(n)s keys", "%(n)s 把钥匙")


def test_new_texts_are_asked_for_in_the_order_of_the_code(clone: Path) -> None:
    assert problems(clone) == [
        "zh_Hans: missing: '%(n)s key / %(n)s keys'",
        "zh_Hans: missing: 'Save'",
    ]
    update_catalogues(clone)
    written = catalogue(clone).read_text()
    assert written.index("#: portal/views.py\n") < written.index("#: templates/page.html\n")
    assert problems(clone) == [
        "zh_Hans: not translated: 'Save'",
        "zh_Hans: not translated: '%(n)s key / %(n)s keys'",
    ]


def test_a_complete_catalogue_has_no_problems_and_is_not_touched_again(clone: Path) -> None:
    translate_all(clone)
    before = catalogue(clone).read_bytes()
    assert problems(clone) == []
    update_catalogues(clone)
    assert catalogue(clone).read_bytes() == before


def test_a_text_that_is_gone_is_reported_and_dropped(clone: Path) -> None:
    translate_all(clone)
    (clone / "portal" / "views.py").write_text("")
    assert problems(clone) == [
        "zh_Hans: no longer used: 'Save'",
        "zh_Hans: not as `make messages` writes it",
    ]
    update_catalogues(clone)
    assert problems(clone) == []
    assert "Save" not in catalogue(clone).read_text()


def test_a_fuzzy_translation_is_reported_and_stays_fuzzy(clone: Path) -> None:
    translate_all(clone)
    po = catalogue(clone)
    po.write_text(po.read_text().replace('msgid "Save"', '#, fuzzy\nmsgid "Save"'))
    update_catalogues(clone)
    assert problems(clone) == ["zh_Hans: to be looked at (fuzzy): 'Save'"]


def test_a_translation_that_loses_a_placeholder_is_reported(clone: Path) -> None:
    update_catalogues(clone)
    translate(clone, "Save", "保存")
    translate(clone, "%(n)s keys", "%(count)s 把钥匙")
    (problem,) = problems(clone)
    assert problem.endswith(": '%(n)s key / %(n)s keys'")


def test_a_compiled_catalogue_holds_the_translations(clone: Path) -> None:
    translate_all(clone)
    compile_catalogues(clone / "locale")
    with catalogue(clone).with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    assert compiled.gettext("Save") == "保存"
    assert compiled.ngettext("%(n)s key", "%(n)s keys", 2) == "%(n)s 把钥匙"


def test_compiled_catalogues_have_no_date_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
        '\nmsgid "Name"\nmsgstr "名称"\n',
        encoding="utf-8",
    )
    compile_catalogues(tmp_path)
    with (folder / "django.mo").open("rb") as compiled:
        translations = GNUTranslations(compiled)

    assert translations.gettext("Name") == "名称"
    assert translations.info()["pot-creation-date"].startswith("1970-01-01")
