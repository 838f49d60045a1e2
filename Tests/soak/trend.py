"""Whether a series is flat: a linear regression over the second half of a run.

Short disturbances may raise a series for as long as they last, so the regression takes the minimum of each block of
time: a leak raises the minima, too. It also makes the residuals independent, which the standard error presumes.
"""

import math
from dataclasses import dataclass

# Blocks in a run, and the seconds of the shortest block.
BLOCKS, SHORTEST = 120, 3.0


@dataclass(frozen=True)
class Trend:
    # Per hour.
    slope: float
    error: float
    # The slope over the hours of the regression.
    growth: float
    mean: float
    blocks: int

    def is_flat(self, per_hour, slack):
        """Whether the slope is within noise, or within what is allowed."""
        within_noise = self.slope <= 2 * self.error
        return within_noise or self.slope <= per_hour or self.growth <= slack


def minima(points, length):
    """The smallest point of each block of time."""
    blocks: dict[int, tuple[float, float]] = {}
    for time, value in points:
        number = int(time // length)
        if number not in blocks or value < blocks[number][1]:
            blocks[number] = (time, value)
    return [blocks[number] for number in sorted(blocks)]


def trend(points):
    """Of points (seconds, value); None with too few of them."""
    if not points:
        return None
    begin, end = points[0][0], points[-1][0]
    half = [point for point in points if point[0] >= (begin + end) / 2]
    low = minima(half, max(SHORTEST, (end - begin) / BLOCKS))
    if len(low) < 5:
        return None
    count = len(low)
    mean_time = sum(time for time, _ in low) / count
    mean = sum(value for _, value in low) / count
    spread = sum((time - mean_time) ** 2 for time, _ in low)
    slope = sum((time - mean_time) * (value - mean) for time, value in low) / spread
    residuals = sum((value - mean - slope * (time - mean_time)) ** 2 for time, value in low)
    error = math.sqrt(residuals / (count - 2) / spread)
    return Trend(slope * 3600, error * 3600, slope * (low[-1][0] - low[0][0]), mean, count)
