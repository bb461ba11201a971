"""``python -m bayes_sora`` is the command line, and so is ``bayes-sora``."""

from bayes_sora.cli.streams import open_standard_streams
from bayes_sora.interrupts import answer_from_now_on


def run() -> None:
    """Run the command line as a program: interrupts are answered from the first moment to the last."""
    answer_from_now_on()
    open_standard_streams()
    from bayes_sora.cli.main import main  # noqa: PLC0415 - an interrupt while it is imported is answered already

    main(prog_name="bayes-sora")


if __name__ == "__main__":
    run()
