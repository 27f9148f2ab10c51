"""``python -m salus_verify``, where no script is on the path."""

from salus_verify.command import main

if __name__ == "__main__":
    main()
