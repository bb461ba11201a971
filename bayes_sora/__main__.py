"""``python -m bayes_sora`` is the command line, and so is ``bayes-sora``."""

# The module `signal` makes enumerations of it first, which takes longer than starting Python does.
import _signal as signal  # type: ignore[import-not-found]
import os
from types import FrameType


def run() -> None:
    """Run the command line as a program: interrupts are answered from the first moment to the last."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end_at_once)
    # Even these take a moment, in which nothing is there to be cleared.
    from bayes_sora.cli.streams import open_standard_streams  # noqa: PLC0415
    from bayes_sora.interrupts import answer_from_now_on  # noqa: PLC0415

    answer_from_now_on()
    open_standard_streams()
    from bayes_sora.cli.main import main  # noqa: PLC0415

    main(prog_name="bayes-sora")


def _end_at_once(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"error: interrupted: no result was written\n")
    os._exit(130)


if __name__ == "__main__":
    run()
