"""Discord's rate limits, with a clock that is moved by hand."""

from __future__ import annotations

import pytest

from sandbox.clock import MovableClock
from sandbox.discord.errors import DiscordError
from sandbox.discord.ratelimits import RateLimiter, RateLimitSettings, Target, Verdict, identify

MESSAGES = "/channels/{channel_id}/messages"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def limiter(clock: MovableClock) -> RateLimiter:
    return RateLimiter(clock=clock)


def send(limiter: RateLimiter, channel: str = "5") -> Verdict:
    """Count a new message."""
    return limiter.take(method="POST", route=MESSAGES, major=channel, counts_globally=True)


def refusal(verdict: Verdict) -> DiscordError:
    """Return the 429."""
    assert verdict.limited is not None
    return verdict.limited


def test_every_answer_says_how_much_is_left(limiter: RateLimiter, clock: MovableClock) -> None:
    send(limiter)
    clock.move(1.5)

    headers = send(limiter).headers

    assert headers["X-RateLimit-Limit"] == "5"
    assert headers["X-RateLimit-Remaining"] == "3"
    assert headers["X-RateLimit-Reset-After"] == "3.500"
    assert float(headers["X-RateLimit-Reset"]) == clock.now().timestamp() + 3.5
    assert headers["X-RateLimit-Bucket"]


def test_the_sixth_message_within_five_seconds_is_refused(limiter: RateLimiter, clock: MovableClock) -> None:
    assert [send(limiter).limited for _ in range(5)] == [None] * 5
    clock.move(1)

    error = refusal(send(limiter))

    assert error.status == 429
    assert error.body()["retry_after"] == 4
    assert error.body()["global"] is False
    assert error.headers["X-RateLimit-Scope"] == "user"
    assert error.headers["X-RateLimit-Remaining"] == "0"
    assert error.headers["Via"]


def test_a_refused_request_does_not_lengthen_the_wait(limiter: RateLimiter, clock: MovableClock) -> None:
    for _ in range(10):
        send(limiter)
    clock.move(5)

    assert send(limiter).limited is None


def test_each_channel_has_its_own_bucket(limiter: RateLimiter) -> None:
    for _ in range(5):
        send(limiter, "5")

    assert send(limiter, "6").limited is None
    assert (
        send(limiter, "5").headers["X-RateLimit-Bucket"] == send(limiter, "6").headers["X-RateLimit-Bucket"]
    )


def test_sending_and_editing_are_counted_apart(limiter: RateLimiter) -> None:
    for _ in range(5):
        send(limiter)

    edit = limiter.take(method="PATCH", route="/channels/{c}/messages/{m}", major="5", counts_globally=True)
    assert edit.limited is None


def test_both_ways_to_open_a_thread_share_a_limit_that_everybody_shares(limiter: RateLimiter) -> None:
    routes = ["/channels/{}/threads", "/channels/{}/messages/{}/threads"]
    verdicts = [
        limiter.take(method="POST", route=routes[n % 2], major="5", counts_globally=False) for n in range(21)
    ]

    error = refusal(verdicts[-1])

    assert verdicts[-2].limited is None
    assert error.headers["X-RateLimit-Scope"] == "shared"
    assert error.body()["retry_after"] == 300


def test_an_interactions_token_has_one_bucket_for_all_its_routes(limiter: RateLimiter) -> None:
    calls = [("POST", "/webhooks/1/tok")] + [("PATCH", "/webhooks/1/tok/messages/@original")] * 5
    verdicts = []
    for method, path in calls:
        target = identify(path)
        verdicts.append(
            limiter.take(
                method=method,
                route=target.route,
                major=target.major,
                counts_globally=target.counts_globally,
            )
        )

    assert [verdict.limited is None for verdict in verdicts] == [True] * 5 + [False]


def test_the_bot_has_fifty_requests_a_second(limiter: RateLimiter, clock: MovableClock) -> None:
    for channel in range(50):
        assert send(limiter, str(channel)).limited is None

    error = refusal(send(limiter, "99"))

    assert error.body()["global"] is True
    assert error.headers["X-RateLimit-Global"] == "true"
    assert error.headers["X-RateLimit-Scope"] == "global"
    clock.move(1)
    assert send(limiter, "99").limited is None


def test_interactions_stand_outside_the_global_limit(limiter: RateLimiter) -> None:
    for channel in range(50):
        send(limiter, str(channel))

    answer = limiter.take(
        method="POST", route="/interactions/{}/{}/callback", major="1/t", counts_globally=False
    )
    assert answer.limited is None


def test_the_global_limit_can_be_switched_off(clock: MovableClock) -> None:
    limiter = RateLimiter(clock=clock, settings=RateLimitSettings(enforce_global=False))
    assert all(send(limiter, str(channel)).limited is None for channel in range(80))


def test_limits_can_be_scaled(clock: MovableClock) -> None:
    limiter = RateLimiter(clock=clock, settings=RateLimitSettings(scale=2))

    verdicts = [send(limiter) for _ in range(11)]

    assert verdicts[0].headers["X-RateLimit-Limit"] == "10"
    assert [verdict.limited is None for verdict in verdicts] == [True] * 10 + [False]


def test_scaling_lifts_the_global_limit_as_well(clock: MovableClock) -> None:
    limiter = RateLimiter(clock=clock, settings=RateLimitSettings(scale=2))

    verdicts = [send(limiter, str(channel)) for channel in range(101)]

    assert [verdict.limited is None for verdict in verdicts] == [True] * 100 + [False]


def test_without_enforcement_nothing_is_refused_and_nobody_is_told_to_wait(clock: MovableClock) -> None:
    limiter = RateLimiter(clock=clock, settings=RateLimitSettings(enforce=False))

    verdicts = [send(limiter) for _ in range(60)]

    assert {verdict.headers["X-RateLimit-Remaining"] for verdict in verdicts} == {"4"}
    assert all(verdict.limited is None for verdict in verdicts)


def test_the_fourth_edit_of_old_messages_is_refused_with_30046(
    limiter: RateLimiter, clock: MovableClock
) -> None:
    for _ in range(3):
        limiter.check_old_edit(channel_id=5, age=3600)
    limiter.check_old_edit(channel_id=5, age=3599)

    with pytest.raises(DiscordError) as caught:
        limiter.check_old_edit(channel_id=5, age=4000)

    assert (caught.value.status, caught.value.code) == (429, 30046)
    assert caught.value.extra["retry_after"] == 6
    clock.move(6)
    limiter.check_old_edit(channel_id=5, age=4000)


def test_the_third_new_name_within_ten_minutes_is_refused(limiter: RateLimiter, clock: MovableClock) -> None:
    limiter.check_rename(channel_id=5)
    limiter.check_rename(channel_id=5)
    limiter.check_rename(channel_id=6)

    with pytest.raises(DiscordError) as caught:
        limiter.check_rename(channel_id=5)

    assert caught.value.extra["retry_after"] == 600
    clock.move(600)
    limiter.check_rename(channel_id=5)


def test_windows_that_are_over_are_forgotten(
    limiter: RateLimiter, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.discord.ratelimits.WINDOWS_MAX", 10)
    for channel in range(9):
        send(limiter, str(channel))
    clock.move(60)

    send(limiter, "99")
    send(limiter, "99")

    assert len(limiter._windows) == 2


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/channels/5/messages", Target("/channels/{}/messages", "5", counts_globally=True)),
        ("/channels/5/messages/6", Target("/channels/{}/messages/{}", "5", counts_globally=True)),
        ("/guilds/7/roles", Target("/guilds/{}/roles", "7", counts_globally=True)),
        ("/users/@me", Target("/users/@me", "", counts_globally=True)),
        (
            "/channels/5/messages/6/reactions/%F0%9F%8E%A8/@me",
            Target("/channels/{}/messages/{}/reactions/{}/{}", "5", counts_globally=True),
        ),
        ("/applications/9/commands", Target("/applications/{}/commands", "", counts_globally=True)),
        (
            "/interactions/3/tok/callback",
            Target("/interactions/{}/{}/callback", "3/tok", counts_globally=False),
        ),
        ("/webhooks/9/tok", Target("/webhooks/{}/{}", "9/tok", counts_globally=False)),
        (
            "/webhooks/9/tok/messages/@original",
            Target("/webhooks/{}/{}/messages/{}", "9/tok", counts_globally=False),
        ),
    ],
)
def test_a_path_tells_what_it_is_about(path: str, target: Target) -> None:
    assert identify(path) == target
