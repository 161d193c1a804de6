"""How long sign-ins waited for the provider, as a histogram with fixed buckets."""

from __future__ import annotations

from collections.abc import Sequence

# Milliseconds at which the next bucket begins. Stored numbers depend on them: never change one.
BOUNDS = (25, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800)
BUCKETS = len(BOUNDS) + 1


def estimate_percentile(counts: Sequence[int], share: float) -> int | None:
    """Return the milliseconds within which this share of the sign-ins got their answers.

    Interpolated inside a bucket, so it is wrong by less than the bucket's width. For the last
    bucket, which has no end, its beginning is returned. None if nothing was measured.
    """
    total = sum(counts)
    if not total:
        return None
    wanted, below = share * total, 0
    for place, count in enumerate(counts[: len(BOUNDS)]):
        if count and below + count >= wanted:
            start = BOUNDS[place - 1] if place else 0
            return round(start + (BOUNDS[place] - start) * (wanted - below) / count)
        below += count
    return BOUNDS[-1]
