from __future__ import annotations

import threading

from hypothesis import given, strategies as st

from hathora_deploy.pipeline.rate import Limiter, TokenBucket

RATES = st.floats(1, 1e9)
PIECES = st.lists(st.tuples(st.integers(1, 1 << 20), st.floats(0, 10)), min_size=1)


@given(RATES, PIECES)
def test_no_more_is_sent_in_any_time_than_the_rate_allows(
    rate: float, pieces: list[tuple[int, float]]
) -> None:
    bucket, now, sent = TokenBucket(rate, now=0.0), 0.0, []
    for count, pause in pieces:
        now += pause
        now += bucket.take(count, now=now)
        sent.append((now, count))
    for first in range(len(sent)):
        total = sum(count for _, count in sent[first:])
        seconds = sent[-1][0] - sent[first][0]
        # A piece is paid for before it is sent, so the first was paid for before the time began.
        allowed = rate * (seconds + 0.25) + sent[first][1]
        assert total <= allowed * (1 + 1e-6) + 1


@given(RATES, PIECES)
def test_the_rate_is_used_where_there_is_enough_to_send(
    rate: float, pieces: list[tuple[int, float]]
) -> None:
    bucket, now = TokenBucket(rate, now=0.0), 0.0
    for count, _ in pieces:
        now += bucket.take(count, now=now)
    assert now <= sum(count for count, _ in pieces) / rate * (1 + 1e-6)


def test_threads_share_one_rate() -> None:
    now, waits = [0.0], []
    limiter = Limiter(1000.0, clock=lambda: now[0])

    def wait() -> None:
        limiter.wait(1000, waits.append)

    threads = [threading.Thread(target=wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [0.75, 1.75, 2.75, 3.75]
