"""What people call a browser."""

from __future__ import annotations

from django.utils import translation

from connections.values.browser_names import describe_browser
from tests.rows import each_row

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
ANDROID = "Mozilla/5.0 (Linux; Android 13; 22081212C Build/TKQ1.220829.002; wv)"
CHROME = "Chrome/142.0.0.0 Safari/537.36"


@each_row(
    "sent, words, chinese",
    [
        (f"{WINDOWS} {CHROME}", "Chrome on Windows", "Chrome · Windows"),
        (f"{WINDOWS} {CHROME} Edg/142.0.0.0", "Edge on Windows", "Edge · Windows"),
        (f"{WINDOWS} {CHROME} OPR/120.0.0.0", "Opera on Windows", "Opera · Windows"),
        (f"{MAC} Version/18.1 Safari/605.1.15", "Safari on Mac", "Safari · Mac"),
        (
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox on Linux",
            "Firefox · Linux",
        ),
        (
            f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME}",
            "Chrome on ChromeOS",
            "Chrome · ChromeOS",
        ),
        (f"{IPHONE} CriOS/142.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone", "Chrome · iPhone"),
        (f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.50", "WeChat on iPhone", "微信 · iPhone"),
        (
            f"{ANDROID} AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/107.0.5304.141 "
            "Mobile Safari/537.36 XWEB/5023 MMWEBSDK/20230303 M",
            "WeChat on Android",
            "微信 · Android",
        ),
        (f"{IPHONE} MicroMessenger/7.0.1 wxwork/4.1", "WeCom on iPhone", "企业微信 · iPhone"),
        (
            "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 ArkWeb/4.1 Mobile",
            "HarmonyOS",
            "HarmonyOS",
        ),
        ("curl/8.5.0", "Unknown browser", "未知浏览器"),
        ("", "Unknown browser", "未知浏览器"),
        ("<script>Firefox/</script>", "Firefox", "Firefox"),
    ],
)
def test_a_browser_is_named_by_its_product_and_its_system(
    sent: str, words: str, chinese: str
) -> None:
    assert describe_browser(sent) == words
    with translation.override("zh-hans"):
        assert describe_browser(sent) == chinese
