"""The one error a user can cause: a setting whose value cannot be used."""


def as_typed(value: object) -> str:
    """A value as a command line has it: ``null`` and ``true`` where Python has None and True."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


class SettingError(ValueError):
    """A setting has a value that is not allowed.

    Args:
        setting: Name of the setting, as the constructor or the configuration spells it.
        value: The value that was given.
        allowed: What would be accepted, as the end of a sentence.

    The message is one line, ``setting=value: allowed``; the commands print it and exit with status 2.
    """

    def __init__(self, setting: str, value: object, allowed: str) -> None:
        super().__init__(f"{setting}={as_typed(value)}: {allowed}")
        self.setting = setting
        self.value = value
        self.allowed = allowed

    def __reduce__(self) -> tuple[type["SettingError"], tuple[str, object, str]]:
        # The default would call the constructor with the message alone, which breaks errors sent between processes.
        return type(self), (self.setting, self.value, self.allowed)
