"""Clocks that jump: that of the exporter alone, which ../clock.c moves. That of the host is left alone."""

from ..schedule import disturbance


@disturbance("the wall clock jumps, by a second to ten years", seconds=(3, 8), pause=6)
def jump(stage, seconds):
    try:
        for _ in range(3):
            sizes = (1, 60, 3600, 86400, 10 * 365 * 86400)
            stage.exporter.move_clock(stage.chance.choice(sizes) * stage.chance.choice((-1, 1)))
            stage.pause(seconds / 3)
    finally:
        stage.exporter.move_clock(0)
