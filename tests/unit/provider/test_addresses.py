"""Which addresses a picture may be fetched from."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from yarl import URL

from bot.errors import PictureError
from bot.provider.pictures import is_public, parse_address


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_an_address_that_is_not_on_the_public_internet_is_told_apart(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "104.18.2.3", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_an_address_on_the_public_internet_is_told_apart(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "http://r2.apixo.ai/x.png",
        "ftp://r2.apixo.ai/x.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "r2.apixo.ai/x.png",
        "//r2.apixo.ai/x.png",
        "",
        "https://",
        "https:///x.png",
        "https://[::1",
        "https://user@r2.apixo.ai/x.png",
        "https://user:word@r2.apixo.ai/x.png",
        "https://127.0.0.1/x.png",
        "https://[::1]/x.png",
        "https://[::ffff:10.0.0.1]:8443/x.png",
        "https://r2.apixo.ai:99999/x.png",
    ],
)
def test_an_odd_address_is_refused_for_good(address: str) -> None:
    with pytest.raises(PictureError) as caught:
        parse_address(address, allow_private_hosts=False)
    assert not caught.value.transient


@pytest.mark.parametrize(
    "address",
    [
        "https://r2.apixo.ai/x.png",
        "https://1.1.1.1:8443/x.png?a=b",
        "HTTPS://CDN.apixo.ai/x",
        "https://bücher.example/x",
    ],
)
def test_a_public_https_address_is_taken(address: str) -> None:
    assert parse_address(address, allow_private_hosts=False).scheme == "https"


def test_plain_http_and_private_numbers_are_for_a_service_on_the_same_machine() -> None:
    url = parse_address("http://127.0.0.1:8080/x.png", allow_private_hosts=True)
    assert url == URL("http://127.0.0.1:8080/x.png")


@pytest.mark.parametrize("target", ["http://r2.apixo.ai/x", "https://10.0.0.1/x", "//127.0.0.1/x"])
def test_a_redirect_is_judged_like_the_address_itself(target: str) -> None:
    with pytest.raises(PictureError):
        parse_address(target, base=URL("https://r2.apixo.ai/x.png"), allow_private_hosts=False)


def test_a_relative_redirect_is_seen_from_where_it_was_found() -> None:
    url = parse_address("../y.png", base=URL("https://r2.apixo.ai/a/b/x.png"), allow_private_hosts=False)
    assert url == URL("https://r2.apixo.ai/a/y.png")
