"""Text as Hydra reads it on a command line."""

import re

from hydra.core.override_parser.types import Quote, QuotedString

_PLAIN = re.compile(r"[\w/.:@%+-]+", flags=re.ASCII)
_A_NUMBER_OR_SO = re.compile(r"[\d.eE_+-]+|[+-]?(nan|inf)|null|true|false", flags=re.IGNORECASE)


def quoted(text: str) -> str:
    """Text as a value: as it is where Hydra takes it for that, else in quotes."""
    if _PLAIN.fullmatch(text) and not _A_NUMBER_OR_SO.fullmatch(text):
        return text
    quote = Quote.single if '"' in text else Quote.double  # The latter needs no more quoting in a shell.
    # In quotes, too, ${...} would be a reference.
    return QuotedString(re.sub(r"(\\*)\$\{", r"\1\1\\${", text), quote).with_quotes()
