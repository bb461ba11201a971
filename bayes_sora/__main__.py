"""``python -m bayes_sora`` is the command line."""

from bayes_sora.cli.main import main

if __name__ == "__main__":
    main(prog_name="bayes-sora")
